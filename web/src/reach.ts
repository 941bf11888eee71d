// A panel that scrolls and holds nothing Tab stops at is made a stop itself, so that its end can be read by keys.
const TABBABLE = 'a[href], button:not([disabled]):not([tabindex="-1"]), input, select, textarea, summary, [tabindex="0"]';
let waiting = false;

function mark(): void {
  waiting = false;
  for (const body of document.querySelectorAll<HTMLElement>(".panel > .panel-body")) {
    const scrolls = body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1;
    if (scrolls && !body.querySelector(TABBABLE)) body.tabIndex = 0;
    else body.removeAttribute("tabindex");
  }
}

function soon(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(mark); // however many panels were drawn, once
}

export function startReach(): void {
  for (const drawn of ["siaga:panel", "siaga:sheet"]) document.addEventListener(drawn, soon);
  addEventListener("resize", soon);
  soon();
}
