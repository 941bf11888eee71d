// A new version waits until the desk is quiet; nothing reloads under a person's hands.
import { say } from "./status";
import { t } from "./words";

export function showNewVersion(): void {
  document.addEventListener("siaga:new-version", () => say("info", t("Ada versi baru. Muat ulang halaman saat sepi; isian tidak hilang.")));
}
