// The page of one's own keys: a field takes the key that is pressed in it; open desks follow at once.
import { nameOf } from "./keynames";
import { ownKeys, KEYS_CHANNEL } from "./own-keys";

const PASSED_ON = ["Tab", "Shift+Tab", "Enter", "Escape", "Backspace", "Delete", "ArrowLeft", "ArrowRight"]; // the field stays a field

export function startKeyChoice(): void {
  const fields = document.querySelectorAll<HTMLInputElement>("[data-key-choice]");
  if (!fields.length) return;
  for (const field of fields) {
    field.addEventListener("focus", () => field.select());
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || ["Control", "Alt", "Shift", "Meta"].includes(event.key) || PASSED_ON.includes(nameOf(event))) return;
      event.preventDefault();
      field.value = nameOf(event);
    });
  }
  new BroadcastChannel(KEYS_CHANNEL).postMessage(ownKeys());
}
