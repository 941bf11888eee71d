// How key presses are called, and how the caps are printed.

const NAMED_DIGIT = /^(?:Digit|Numpad)(\d)$/;
const CAPS: Readonly<Record<string, string>> = { Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Space: "Spasi" };

/** "Ctrl+Enter", "Alt+1", "F9", "?": the name of a key press as shortcuts.json writes it. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">): string {
  const digit = NAMED_DIGIT.exec(event.code)?.[1];
  // With Alt some layouts type another character; the digit on the key cap is what counts.
  let key = digit !== undefined && (event.altKey || /^\d$/.test(event.key)) ? digit : event.key;
  if (key === " ") key = "Space";
  const printable = key.length === 1;
  if (printable) key = key.toUpperCase();
  const shift = event.shiftKey && !printable;
  return [event.ctrlKey && "Ctrl", event.altKey && "Alt", shift && "Shift", event.metaKey && "Meta", key].filter(Boolean).join("+");
}

/** What is printed on the key-cap. */
export function capOf(name: string): string {
  return CAPS[name] ?? name;
}
