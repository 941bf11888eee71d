// The board's own keys. Alt+1..4 go to its panels. Ctrl+Enter: the units proposed for the chosen incident roll; with another
// incident's row in focus its proposal is shown first: nobody sends what she has not read.
import { enterRegion, handle } from "./keys";
import { say } from "./status";
import { t } from "./words";

const PANELS = { panel_incidents: "incidents", panel_units: "units", panel_map: "map", panel_alarms: "alarm-list" } as const;

export function startBoard(): void {
  for (const [shortcut, id] of Object.entries(PANELS)) {
    handle(shortcut, () => {
      const panel = document.getElementById(id);
      return panel !== null && enterRegion(panel);
    });
  }
  handle("send_proposal", () => {
    const row = document.activeElement?.closest<HTMLElement>("#incidents [data-row]");
    const shown = document.getElementById("detail")?.dataset["only"]?.split(":", 2)[1];
    if (row && row.id !== `row-${shown}`) {
      row.querySelector<HTMLElement>("[data-open]")?.click();
      say("info", t("Rincian kejadian ini ditampilkan. Sekali lagi mengirim unit yang disarankan."));
      return;
    }
    const button = document.querySelector<HTMLButtonElement>("#detail [data-shortcut=send_proposal]");
    if (button && !button.disabled) button.click();
    else say("info", t("Tidak ada unit yang disarankan untuk kejadian ini."));
  });
}
