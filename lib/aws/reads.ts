/** Several different reads at once. */

/**
 * `Promise.all` that waits for every promise even when one is rejected: a Lambda that answered meanwhile
 * would finish the others behind its own back. Throws the first error.
 */
export async function together<const T extends readonly Promise<unknown>[]>(
  reads: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(reads);
  return (await Promise.all(reads)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** The pages of an operation for which the SDK has no paginator, each asked for with the token of the one before. */
export async function* tokenPages<Page extends { readonly NextToken?: string | undefined }>(
  read: (NextToken: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let token: string | undefined;
  do {
    const page = await read(token);
    yield page;
    token = page.NextToken;
  } while (token);
}

/** Every item of every page. */
export async function allPages<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}
