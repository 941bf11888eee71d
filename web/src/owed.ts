// The missed list's own acts: a row is closed with a reason; a caller from outside is referred to a neighbour.
import { call } from "./http";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import { say } from "./status";

async function act(path: string, body: Record<string, string>, panel: string): Promise<boolean> {
  try {
    await call("POST", path, { body });
    return true;
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    const shown = document.getElementById(panel);
    if (shown) refresh(shown, 0);
  }
}

async function close(button: HTMLElement): Promise<void> {
  const { closeOwed: id, reason } = button.dataset;
  if (!id || !reason) return;
  button.closest<HTMLElement>("[popover]")?.hidePopover();
  const sheet = document.querySelector<SheetElement>("siaga-sheet");
  const onDesk = sheet?.callId === id;
  if ((await act(`/meja/panggilan/${id}/balik`, { reason }, "missed")) && onDesk) await sheet.reload(false);
}

export function startOwed(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const closing = target.closest<HTMLElement>("[data-close-owed]");
    if (closing) void close(closing);
    const referred = target.closest<HTMLElement>("[data-refer]");
    const { refer, neighbour } = referred?.dataset ?? {};
    if (refer && neighbour) void act(`/meja/bukan/${refer}/rujuk`, { neighbour }, "put-away");
  });
}
