/**
 * Puts the focus on the title of a view that was just opened, as a browser begins at the top of a new document. Where the
 * view's code is still on its way, that is as soon as there is a title, unless somebody has gone elsewhere meanwhile.
 * Returns what ends the waiting.
 */
export function focusTitle(page: HTMLElement): () => void {
  const title = () => page.querySelector<HTMLElement>('h1[tabindex]');
  const late = new MutationObserver(() => {
    const nowhere = document.activeElement === document.body;
    const found = title();
    if (nowhere && !found) return;
    late.disconnect();
    if (nowhere) found?.focus();
  });
  const frame = requestAnimationFrame(() => {
    const found = title();
    if (found) found.focus();
    else late.observe(page, { childList: true, subtree: true });
  });
  return () => {
    cancelAnimationFrame(frame);
    late.disconnect();
  };
}
