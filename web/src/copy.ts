// Buttons that put a text on the clipboard. A page over plain HTTP may not: then the text is selected for Ctrl+C.
import { say } from "./status";
import { t } from "./words";

async function copy(source: HTMLInputElement): Promise<void> {
  source.focus();
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
    say("done", t("Tautan disalin."));
  } catch {
    say("info", t("Browser tidak mengizinkan salin otomatis: tekan Ctrl+C."));
  }
}

export function startCopying(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    const source = button && document.getElementById(button.dataset["copy"] ?? "");
    if (source instanceof HTMLInputElement) void copy(source);
  });
}
