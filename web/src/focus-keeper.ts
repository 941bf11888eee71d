// The focus is never nowhere. When the element that had it is taken away, hidden or switched off, its panel takes it,
// so that the next key goes where the person was looking and not into the void.

let lastRegion: HTMLElement | null = null;
let lastId = "";

function isLost(): boolean {
  const active = document.activeElement;
  return (active === null || active === document.body || active === document.documentElement) && document.querySelector("dialog[open]") === null;
}

function fallback(): HTMLElement | null {
  const again = lastId ? document.getElementById(lastId) : null;
  if (again?.getClientRects().length && !again.matches(":disabled, [hidden]")) return again;
  if (lastRegion?.isConnected && lastRegion.getClientRects().length) return lastRegion;
  return document.querySelector<HTMLElement>("main [data-region], main");
}

export function restoreFocus(): void {
  if (!isLost()) return;
  const target = fallback();
  if (!target) return;
  if (target.tabIndex < 0 && !target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

export function startFocusKeeper(): void {
  document.addEventListener("focusin", (event) => {
    const target = event.target as HTMLElement;
    lastRegion = target.closest<HTMLElement>("[data-region]") ?? lastRegion;
    lastId = target.id;
  });
  let asked = false;
  const look = () => {
    if (asked || !isLost()) return;
    asked = true;
    // Two frames: whoever exchanged the element may be about to place the focus, and knows better.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      asked = false;
      restoreFocus();
    }));
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled", "hidden", "open"] });
  document.addEventListener("focusout", look);
  addEventListener("load", look, { once: true });
  look();
}
