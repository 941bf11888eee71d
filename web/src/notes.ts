// Notes: every line begins with the time its first letter was typed.
import { hourText, now } from "./clock";

const STAMPED = /^\d\d:\d\d /;

/**
 * Lines the incident does not have yet. The line being typed counts only when `alsoUnfinished`. A line changed after
 * it was sent counts as new: a timeline is corrected by adding, never by rewriting.
 */
export function linesToSend(text: string, sent: readonly string[], alsoUnfinished: boolean): string[] {
  const lines = text.split("\n");
  const complete = alsoUnfinished ? lines : lines.slice(0, -1);
  return complete.filter((line) => line.replace(STAMPED, "").trim() && !sent.includes(line));
}

export function stampLines(area: HTMLTextAreaElement): void {
  area.addEventListener("beforeinput", (event) => {
    const data = event.data;
    if (event.inputType !== "insertText" || !data?.trim() || event.isComposing) return;
    const before = area.value.slice(0, area.selectionStart);
    const lineStart = before.lastIndexOf("\n") + 1;
    if (lineStart !== area.selectionStart) return;
    event.preventDefault();
    // execCommand keeps the browser's own undo working; setting the value would destroy it.
    const text = `${hourText(now())} ${data}`;
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  });
}
