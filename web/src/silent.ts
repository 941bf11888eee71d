// A caller who says nothing: ask him for a sign (Alt+V), ask him questions he answers with a key (Alt+T and a digit).
import { call } from "./http";
import { closeChord, handle, onEscape, openChord } from "./keys";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import type { TypeChoice } from "./sheet-form";
import { say } from "./status";
import { t } from "./words";

function callHere(): string | undefined {
  // the panel may not have been drawn yet when she presses; the sheet knows its call at once
  return document.getElementById("silent-body")?.dataset["call"] ?? document.getElementById("call-now")?.dataset["call"];
}

async function order(path: string, body: object): Promise<void> {
  const id = callHere();
  if (!id) {
    say("problem", t("Tidak ada telepon di meja."));
    return;
  }
  try {
    await call("POST", `/meja/panggilan/${id}/${path}`, { body });
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  }
  const panel = document.getElementById("silent");
  if (panel) refresh(panel, 0);
}

/** Opens the list of questions; false when there is nobody to ask. */
function openQuestions(): boolean {
  const list = document.getElementById("silent-questions");
  if (!list) {
    say("problem", t("Tidak ada penelepon yang bisa ditanya sekarang."));
    return false;
  }
  showQuestions(true);
  openChord("silent_ask");
  say("info", t("Tanya ya/tidak: tekan angka pertanyaan; penelepon menjawab 1 ya, 2 tidak."));
  return true;
}

function showQuestions(open: boolean): boolean {
  const list = document.getElementById("silent-questions");
  const was = list !== null && !list.hidden;
  if (list) list.hidden = !open;
  document.querySelector("[data-silent-ask]")?.setAttribute("aria-expanded", String(open));
  return was;
}

function propose(): void {
  const inline = document.getElementById("silent-proposed")?.textContent;
  if (inline) document.querySelector<SheetElement>("siaga-sheet")?.propose(JSON.parse(inline) as TypeChoice);
}

export function startSilence(): void {
  handle("silent_ask", openQuestions);
  handle("silent_check", () => void order("senyap", {}));
  onEscape(() => showQuestions(false));
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const check = target.closest<HTMLElement>("[data-silent]")?.dataset["silent"];
    if (check !== undefined) void order(check ? `senyap/${check}` : "senyap", {});
    const question = target.closest<HTMLElement>("[data-question]")?.dataset["question"];
    if (question) {
      closeChord();
      showQuestions(false);
      void order("tanya", { code: question });
    }
    if (target.closest("[data-silent-ask]")) openQuestions();
    if (target.closest("[data-propose]")) propose();
  });
}
