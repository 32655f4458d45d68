/** What a person would see at a glance to be wrong with a page: run inside it. */

/** What is wider than its place and cut there, or leaves the window. */
export function cut(): string[] {
  const isHidden = (one: Element) =>
    one.closest('.visually-hidden, table.cards thead, option, noscript, svg') !== null;
  const found: string[] = [];
  for (const one of document.querySelectorAll<HTMLElement>('body *')) {
    if (isHidden(one) || one.getClientRects().length === 0) continue;
    const name = `${one.tagName.toLowerCase()}.${one.className} ${one.textContent?.slice(0, 40)}`;
    const { overflowX } = getComputedStyle(one);
    const isField = /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName);
    if (!isField && overflowX !== 'visible' && overflowX !== 'auto' && one.scrollWidth > one.clientWidth + 1)
      found.push(`cut: ${name}`);
    const scrolls = one.closest('.scroll, .looks, pre, .graph') !== null;
    if (!scrolls && one.getBoundingClientRect().right > innerWidth + 1) found.push(`outside: ${name}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window');
  return found;
}

/** Texts that stand on each other. */
export function overlapping(): string[] {
  /** What scrolls shows a part of itself. */
  const within = (box: DOMRect, window: DOMRect) => {
    const left = Math.max(box.left, window.left);
    const top = Math.max(box.top, window.top);
    const width = Math.min(box.right, window.right) - left;
    return new DOMRect(left, top, Math.max(0, width), Math.max(0, Math.min(box.bottom, window.bottom) - top));
  };
  // Heads of tables that are cards are read, and not seen.
  const isRead = `.visually-hidden, option, noscript, script, style${innerWidth <= 900 ? ', table.cards thead' : ''}`;
  const texts: { readonly text: string; readonly of: Element; readonly box: DOMRect }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const of = node.parentElement as Element;
    if (!node.textContent?.trim() || of.closest(isRead)) continue;
    if (of.closest('details:not([open])') && !of.closest('summary')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const window = of.closest('.graph, .scroll, .looks')?.getBoundingClientRect();
    for (const whole of range.getClientRects()) {
      const box = window ? within(whole, window) : whole;
      if (box.width > 1 && box.height > 1) texts.push({ text: node.textContent.slice(0, 40), of, box });
    }
  }
  // What the fonts' own leading shares is no overlap.
  const slack = 3;
  return texts.flatMap((one, index) =>
    texts.slice(index + 1).flatMap((other) => {
      const isOn =
        one.of !== other.of &&
        one.box.left + slack < other.box.right &&
        other.box.left + slack < one.box.right &&
        one.box.top + slack < other.box.bottom &&
        other.box.top + slack < one.box.bottom;
      return isOn ? [`${one.text} / ${other.text}`] : [];
    }),
  );
}
