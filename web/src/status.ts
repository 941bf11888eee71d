// The one line that says what just happened. It stays until something newer happens; nothing here fades away.
import { clockText, now } from "./clock";

export type Kind = "done" | "problem" | "info";

const POLITE_MS = 5000; // a screen reader hears at most one polite sentence in this time
let spokenAt = -POLITE_MS;
let waiting: number | undefined;

export function say(kind: Kind, text: string): void {
  const line = document.getElementById("status-line");
  if (line) {
    line.dataset["kind"] = kind;
    line.textContent = text ? `${clockText(now())} ${text}` : "";
  }
  speak(text);
}

function speak(text: string): void {
  const voice = document.getElementById("spoken");
  if (!voice || !text) return;
  clearTimeout(waiting);
  const pause = Math.max(0, spokenAt + POLITE_MS - performance.now());
  waiting = window.setTimeout(() => {
    spokenAt = performance.now();
    voice.textContent = text;
  }, pause);
}
