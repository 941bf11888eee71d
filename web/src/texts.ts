// Conversations by text: a reply, a prepared one, aside and back. What is half typed survives a refresh of the panel.
import { call } from "./http";
import { handle, openChord } from "./keys";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import { say } from "./status";
import { t } from "./words";

const typed = new Map<string, string>();

function panel(): HTMLElement | null {
  return document.getElementById("texts");
}

async function act(path: string, body: Record<string, unknown> = {}): Promise<boolean> {
  try {
    await call("POST", path, { body });
    return true;
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    const shown = panel();
    if (shown) refresh(shown, 0);
  }
}

async function reply(id: string, text: string): Promise<void> {
  if (text.trim() && (await act(`/meja/pesan/${id}/balas`, { text }))) typed.delete(id);
}

async function move(id: string, what: string): Promise<void> {
  const sheet = document.querySelector<SheetElement>("siaga-sheet");
  await sheet?.saveNow();
  if (await act(`/meja/pesan/${id}/${what}`)) await sheet?.reload(what === "buka");
}

let cannedShown = false; // a refresh of the panel must not fold the list under her finger

function canned(): HTMLDetailsElement | null {
  return panel()?.querySelector<HTMLDetailsElement>("[data-canned]") ?? null;
}

function offerCanned(): void {
  const list = canned();
  if (list) {
    list.open = true;
    list.scrollIntoView({ block: "end" });
  } else {
    say("info", t("Tidak ada percakapan teks yang dapat dibalas."));
    return;
  }
  openChord("text_canned");
  say("info", t("Balasan siap kirim: tekan angkanya, Esc batal."));
}

export function startTexts(): void {
  handle("text_reply", () => {
    const field = panel()?.querySelector<HTMLInputElement>("#text-reply");
    if (field) field.focus();
    else say("info", t("Tidak ada percakapan teks yang dapat dibalas."));
  });
  handle("text_canned", offerCanned);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const said = target.closest<HTMLElement>("[data-text-canned]");
    if (said) {
      cannedShown = false;
      void reply(said.dataset["textCanned"] ?? "", said.dataset["said"] ?? "");
    }
    const moved = target.closest<HTMLElement>("[data-text-act]");
    if (moved) void move(moved.dataset["text"] ?? "", moved.dataset["textAct"] ?? "");
  });
  document.addEventListener("submit", (event) => {
    const form = (event.target as Element).closest<HTMLElement>("[data-text-reply]");
    if (!form) return;
    event.preventDefault();
    const field = form.querySelector<HTMLInputElement>("#text-reply");
    if (field) void reply(form.dataset["textReply"] ?? "", field.value);
  });
  panel()?.addEventListener("toggle", (event) => {
    if ((event.target as Element).matches("[data-canned]")) cannedShown = (event.target as HTMLDetailsElement).open;
  }, true);
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    const id = field.closest<HTMLElement>("[data-text-reply]")?.dataset["textReply"];
    if (id) typed.set(id, field.value);
  });
  document.addEventListener("siaga:panel", (event) => {
    if ((event.target as Element).id !== "texts") return;
    const list = canned();
    if (list) list.open = cannedShown;
    const field = panel()?.querySelector<HTMLInputElement>("#text-reply");
    const id = field?.closest<HTMLElement>("[data-text-reply]")?.dataset["textReply"];
    if (field && id) field.value = typed.get(id) ?? "";
  });
}
