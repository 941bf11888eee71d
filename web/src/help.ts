// F1: every key of this screen, searchable. Drawn from the same registry as the handlers and the key-caps.
import { handle, onEscape, shortcutsHere, type Shortcut } from "./keys";
import { keyCap } from "./parts";
import { t } from "./words";

let overlay: HTMLDialogElement | undefined;

/** Letters of a list are shown only where something answers to them; nobody may be waiting to be called back now. */
function isUsable(shortcut: Shortcut): boolean {
  if (shortcut.scope !== "list" || shortcut.id.match(/^list_(up|down|open|sort|call_back|close_owed)$/)) return true;
  if (shortcut.id === "list_map") return document.querySelector("siaga-map") !== null;
  return document.querySelector(`[data-key="${shortcut.keys[0]}"]`) !== null;
}

function keysOf(shortcut: Shortcut): HTMLElement[] {
  const first = shortcut.scope?.startsWith("after ")
    ? shortcutsHere().find((other) => shortcut.scope === `after ${other.id}`)?.keys[0]
    : undefined;
  const caps = shortcut.keys.map(keyCap);
  return first ? [keyCap(first), ...caps] : caps;
}

function rowOf(shortcut: Shortcut): HTMLElement {
  const row = document.createElement("div");
  row.className = "help-row";
  row.dataset["help"] = shortcut.id;
  const keys = document.createElement("span");
  keys.className = "row wrap";
  keys.append(...keysOf(shortcut));
  const label = document.createElement("span");
  label.textContent = t(shortcut.label);
  row.append(keys, label);
  return row;
}

function fillBody(body: HTMLElement, wanted: string): void {
  const needle = wanted.trim().toLowerCase();
  const groups = new Map<string, Shortcut[]>();
  for (const shortcut of shortcutsHere().filter(isUsable)) {
    const text = `${t(shortcut.group)} ${t(shortcut.label)} ${shortcut.keys.join(" ")}`.toLowerCase();
    if (text.includes(needle)) groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut]);
  }
  body.replaceChildren();
  for (const [group, shortcuts] of groups) {
    const title = document.createElement("h3");
    title.textContent = t(group);
    body.append(title, ...shortcuts.map(rowOf));
  }
  if (!groups.size) body.textContent = t("Tidak ada tombol yang cocok.");
}

function make(): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = "overlay";
  dialog.setAttribute("aria-labelledby", "help-title");
  dialog.innerHTML =
    '<div class="overlay-card"><div class="panel-head"><h2 id="help-title" class="grow"></h2>' +
    '<button type="button" class="button button-small"></button></div>' +
    '<div class="panel-pad"><label class="label" for="help-search"></label>' +
    '<input class="input" id="help-search" type="search" autocomplete="off"></div><div class="overlay-body" tabindex="0"></div></div>';
  dialog.querySelector("h2")!.textContent = t("Tombol di layar ini");
  const button = dialog.querySelector("button")!;
  button.append(t("Tutup"), keyCap("Escape"));
  button.addEventListener("click", () => dialog.close());
  dialog.querySelector("label")!.textContent = t("Cari");
  const search = dialog.querySelector("input")!;
  search.addEventListener("input", () => fillBody(dialog.querySelector<HTMLElement>(".overlay-body")!, search.value));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}

export function toggleHelp(): boolean {
  overlay ??= make();
  if (overlay.open) {
    overlay.close();
    return true;
  }
  const search = overlay.querySelector("input")!;
  search.value = "";
  fillBody(overlay.querySelector<HTMLElement>(".overlay-body")!, "");
  overlay.showModal();
  search.focus();
  return true;
}

export function startHelp(): void {
  handle("help", toggleHelp);
  handle("help_question", toggleHelp);
  onEscape(() => {
    if (!overlay?.open) return false;
    overlay.close();
    return true;
  });
  document.getElementById("help-button")?.addEventListener("click", toggleHelp);
}
