// A caller who says nothing: ask him for a sign (V), ask him questions he answers with a key (T and a digit).
import { call } from "./http";
import { handle, openChord } from "./keys";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import type { TypeChoice } from "./sheet-form";
import { say } from "./status";
import { t } from "./words";

function callHere(): string | undefined {
  return document.getElementById("silent-body")?.dataset["call"];
}

async function order(path: string, body: object): Promise<void> {
  const id = callHere();
  if (!id) return;
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
  list.hidden = false;
  document.querySelector("[data-silent-ask]")?.setAttribute("aria-expanded", "true");
  openChord("silent_ask");
  say("info", t("Tanya ya/tidak: tekan angka pertanyaan; penelepon menjawab 1 ya, 2 tidak."));
  return true;
}

function propose(): void {
  const inline = document.getElementById("silent-proposed")?.textContent;
  if (inline) document.querySelector<SheetElement>("siaga-sheet")?.propose(JSON.parse(inline) as TypeChoice);
}

export function startSilence(): void {
  handle("silent_ask", openQuestions);
  handle("silent_ask_free", openQuestions);
  handle("silent_check_free", () => {
    const button = document.querySelector<HTMLElement>('[data-shortcut="silent_check"]');
    button?.click();
    return button !== null;
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const check = target.closest<HTMLElement>("[data-silent]")?.dataset["silent"];
    if (check !== undefined) void order(check ? `senyap/${check}` : "senyap", {});
    const question = target.closest<HTMLElement>("[data-question]")?.dataset["question"];
    if (question) void order("tanya", { code: question });
    if (target.closest("[data-silent-ask]")) openQuestions();
    if (target.closest("[data-propose]")) propose();
  });
}
