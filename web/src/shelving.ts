// Alarms put aside: Shift+F2, then one digit for the reason; or the button of an alarm, then the button of a reason.
// The bar stands outside the list of alarms, so that news does not close it under her fingers.
import { call } from "./http";
import { closeChord, handle, onEscape, openChord } from "./keys";
import { refresh } from "./panels";
import { say } from "./status";
import { t } from "./words";

const REASONS = ["already_called", "being_mended", "others_first", "false"] as const;

let alarm = "";
let back: HTMLElement | null = null;

function bar(): HTMLElement | null {
  return document.getElementById("shelve");
}

/** The alarm whose row has the focus, or else the topmost that may wait. */
function meant(): HTMLElement | null {
  const row = document.activeElement?.closest<HTMLElement>("#alarm-list [data-row], #alarms .bar");
  return row ? row.querySelector<HTMLElement>("[data-shelve]") : document.querySelector<HTMLElement>("#alarms [data-shelve]");
}

function open(button: HTMLElement): void {
  const shown = bar();
  const title = document.getElementById("shelve-title");
  if (!shown || !title) return;
  alarm = button.dataset["shelve"] ?? "";
  const words = t("Tunda {minutes} mnt: {alarm}. Alasannya?", { minutes: button.dataset["minutes"] ?? "", alarm: button.dataset["words"] ?? "" });
  title.textContent = words;
  shown.hidden = false;
  openChord("shelve_alarm");
  say("info", words);
}

function close(): boolean {
  const shown = bar();
  if (!shown || shown.hidden) return false;
  if (shown.contains(document.activeElement)) (back?.isConnected ? back : document.getElementById("incidents"))?.focus();
  shown.hidden = true;
  alarm = "";
  closeChord();
  return true;
}

async function shelve(reason: string): Promise<void> {
  const wanted = alarm;
  close();
  if (!wanted) return;
  try {
    await call("POST", `/papan/alarm/${encodeURIComponent(wanted)}/tunda`, { body: { reason } });
    say("done", t("Alarm ditunda; kembali sendiri bila penyebabnya masih ada."));
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  }
  for (const id of ["alarms", "alarm-list"]) {
    const panel = document.getElementById(id);
    if (panel) refresh(panel, 0);
  }
}

export function startShelving(): void {
  if (!bar()) return;
  handle("shelve_alarm", () => {
    const button = meant();
    if (button) open(button);
    else say("info", document.querySelector("#alarms .bar") ? t("Alarm ini tidak boleh ditunda.") : t("Tidak ada alarm yang bisa ditunda."));
  });
  for (const reason of REASONS) {
    handle(`shelve_${reason}`, () => {
      closeChord();
      void shelve(reason);
    });
  }
  onEscape(close);
  document.addEventListener("siaga:chord", (event) => {
    const { closed } = (event as CustomEvent<{ closed?: string }>).detail;
    if (closed === "shelve_alarm" && alarm && !bar()?.contains(document.activeElement)) setTimeout(() => !bar()?.matches(":hover, :focus-within") && close());
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const button = target.closest<HTMLElement>("[data-shelve]");
    if (button) {
      back = button;
      open(button);
      bar()?.querySelector<HTMLElement>("[data-shelve-reason]")?.focus();
    }
    const reason = target.closest<HTMLElement>("[data-shelve-reason]")?.dataset["shelveReason"];
    if (reason) void shelve(reason);
    if (target.closest("[data-shelve-cancel]")) close();
  });
}
