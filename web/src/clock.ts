// One clock for the whole page: the server's, carried on by the machine's monotonic counter. A wrong clock on a
// desk computer must not make an age wrong.

let serverAtAnchor = Date.now();
let counterAtAnchor = typeof performance === "undefined" ? 0 : performance.now();

/** Milliseconds since 1970 by the server's clock. */
export function now(): number {
  return serverAtAnchor + (performance.now() - counterAtAnchor);
}

export function setServerTime(iso: string): void {
  const told = Date.parse(iso);
  if (Number.isNaN(told)) return;
  serverAtAnchor = told;
  counterAtAnchor = performance.now();
}

export function meta(name: string): HTMLMetaElement | null {
  return document.querySelector(`meta[name="${name}"]`);
}

let zone: string | undefined;

function format(at: number, withSeconds: boolean): string {
  zone ??= meta("timezone")?.content || undefined;
  // en-GB because it writes 14:07 with a colon in every browser; Indonesian locales write 14.07.
  return new Intl.DateTimeFormat("en-GB", {
    ...(zone && { timeZone: zone }),
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds && { second: "2-digit" }),
    hourCycle: "h23",
  }).format(at);
}

/** 14:07:31 in the city's zone. */
export function clockText(at: number): string {
  return format(at, true);
}

/** 14:07 in the city's zone. */
export function hourText(at: number): string {
  return format(at, false);
}
