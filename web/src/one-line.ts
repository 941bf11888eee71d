// A line across the wall: what does not fit on it is counted in its last chip, never cut and never on a second line.

/** How many of these widths, from the first, stand beside `fixed` and, when some are left out, beside `more`. */
export function shownOf(widths: readonly number[], room: number, fixed: number, more: number): number {
  let used = fixed;
  let shown = 0;
  for (const width of widths) {
    used += width;
    if (used + (shown + 1 < widths.length ? more : 0) > room) break;
    shown += 1;
  }
  return shown;
}

function fit(line: HTMLElement): void {
  const more = line.querySelector<HTMLElement>("[data-more]");
  if (!more) return;
  const total = Number(more.dataset["more"]);
  const some = [...line.querySelectorAll<HTMLElement>("[data-fit]")];
  for (const one of some) one.hidden = false;
  more.textContent = `+${total}`; // the widest it can be
  more.hidden = false;
  const style = getComputedStyle(line);
  const gap = parseFloat(style.columnGap) || 0;
  const width = (one: Element) => one.getBoundingClientRect().width + gap;
  const fixed = [...line.children].filter((one) => one !== more && !some.includes(one as HTMLElement) && !one.matches(".only-spoken, .panel-note"));
  const room = line.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + gap;
  const taken = fixed.reduce((sum, one) => sum + width(one), 0);
  const always = total > some.length ? width(more) : 0; // the server knows of more than it names
  const shown = shownOf(some.map(width), room - always, taken, always ? 0 : width(more));
  some.forEach((one, index) => (one.hidden = index >= shown));
  more.textContent = `+${total - shown}`;
  more.hidden = total === shown;
}

/** Keeps a line fitted, whatever changes it: its panel, the ages ticking in it, its fonts, the window. */
export function startOneLine(): void {
  for (const line of document.querySelectorAll<HTMLElement>("[data-one-line]")) {
    const watch = new MutationObserver(() => again());
    const again = () => {
      fit(line);
      watch.takeRecords(); // what fitting changed itself
    };
    watch.observe(line, { childList: true, subtree: true, characterData: true, attributeFilter: ["hidden", "data-more"] });
    new ResizeObserver(again).observe(line);
    void document.fonts.ready.then(again);
    again();
  }
}
