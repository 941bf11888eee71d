// "Telepon" on a card of an agency or incident: the call is made with this person's own seat, wherever she reads.
import { call } from "./http";
import { refresh } from "./panels";
import { say } from "./status";
import { t } from "./words";

export function startDialling(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-dial]");
    const { dial: to, incident } = button?.dataset ?? {};
    if (!to) return;
    call("POST", "/meja/telepon", { body: { to, incident: incident || null } }).then(
      () => say("done", t("Sedang menelepon; percakapannya ada di meja Anda.")),
      (error: unknown) => say("problem", error instanceof Error ? error.message : String(error)),
    ).finally(() => {
      const bar = document.getElementById("call-bar");
      if (bar) refresh(bar, 0);
    });
  });
}
