// Answering (F2) and getting rid of non-calls (F9 and one digit).
import { callBack } from "./call-bar";
import { call } from "./http";
import { handle, openChord, closeChord } from "./keys";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import { say } from "./status";
import { t } from "./words";

export const NON_CALLS = ["ghost", "prank", "information", "wrong_number", "outside_area"] as const;

let answering = false;

function sheet(): SheetElement | null {
  return document.querySelector<SheetElement>("siaga-sheet");
}

async function answer(id?: string): Promise<void> {
  if (answering) return;
  answering = true;
  try {
    const take = async () => void (await call("POST", "/meja/jawab", { body: id ? { call: id } : {} }));
    await (sheet()?.reloadAfter(take, true) ?? take());
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  } finally {
    answering = false;
    for (const id of ["queue", "seat"]) {
      const panel = document.getElementById(id);
      if (panel) refresh(panel, 0);
    }
  }
}

function drawChord(event: Event): void {
  const open = (event as CustomEvent<{ id?: string }>).detail.id === "non_call";
  const panel = document.getElementById("non-calls");
  if (!panel) return;
  if (!open && panel.dataset["chord"]) say("info", ""); // the digits mean nothing any more
  if (open) panel.dataset["chord"] = "open";
  else delete panel.dataset["chord"];
}

/** A missed caller without a number to ring: his sheet opens. */
async function takeBack(id: string): Promise<void> {
  try {
    await call("POST", `/meja/panggilan/${id}/ambil`, { body: {} });
    await sheet()?.reload(true);
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  }
}

export function startAnswering(): void {
  handle("answer", () => void answer());
  handle("non_call", () => {
    if (!sheet()?.callId) {
      say("problem", t("Tidak ada panggilan di lembar ini."));
      return;
    }
    openChord("non_call");
    say("info", t("Bukan kejadian: 1 senyap, 2 iseng, 3 informasi, 4 salah sambung, 5 luar wilayah."));
  });
  for (const kind of NON_CALLS) {
    handle(`non_call_${kind}`, () => {
      closeChord();
      void sheet()?.disposeAs(kind);
    });
  }
  document.addEventListener("siaga:chord", drawChord);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const answered = target.closest<HTMLElement>("[data-answer]");
    if (answered) void answer(answered.dataset["answer"]);
    const missed = target.closest<HTMLElement>("[data-take-back]")?.dataset["takeBack"];
    if (missed && target.closest("[data-callable]")) void callBack(missed);
    else if (missed) void takeBack(missed);
    const kind = target.closest<HTMLElement>("[data-non-call]")?.dataset["nonCall"];
    if (kind) void sheet()?.disposeAs(kind);
  });
}
