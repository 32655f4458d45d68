/** Paging of the list and describe operations: an opaque token for where the next page starts. */
export interface Page<T> {
  readonly items: T[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** The page after `token` with at most `size` items. A token this did not hand out gives an error of the caller's. */
export function pageOf<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
  invalidToken: () => Error,
): Page<T> {
  const start = token === undefined ? 0 : Number(/^page-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (!(start <= items.length)) throw invalidToken();
  const end = start + size;
  return { items: items.slice(start, end), next: end < items.length ? `page-${end}` : undefined };
}
