// Two people on one sheet: while somebody else is on it, each tells every two seconds where she writes, and fetches what the
// other has written. Alone, nothing is asked: the server says over the stream when a colleague comes.
import type { Fields } from "./draft";
import { call } from "./http";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import { t } from "./words";

interface Company {
  readonly version: number;
  readonly others: readonly { readonly name: string; readonly field: string; readonly id: string }[];
  readonly fields?: Fields;
}

const EVERY_MS = 2000; // domain/sheet_company.py: PRESENT_SECONDS is four of these
let timer: number | undefined;

function sheet(): SheetElement | null {
  return document.querySelector<SheetElement>("siaga-sheet");
}

function isGuest(): boolean {
  return sheet()?.hasAttribute("data-shared") ?? false;
}

function draw(company: Company): void {
  const box = document.getElementById("company");
  for (const label of document.querySelectorAll("[data-company-at]")) label.remove();
  if (!box) return;
  const words = company.others.map((other) => (other.field ? t("{name} mengisi {field}", { name: other.name, field: other.field }) : t("{name} melihat", { name: other.name })));
  const text = words.join(" · ");
  if (box.textContent?.trim() !== text) box.replaceChildren(...(text ? [chip(text)] : []));
  for (const other of company.others) {
    const label = other.id ? document.querySelector(`siaga-sheet label[for="${CSS.escape(other.id)}"]`) : null;
    const mark = chip(`✎ ${other.name}`);
    mark.dataset["companyAt"] = "";
    label?.append(" ", mark);
  }
}

function chip(words: string): HTMLElement {
  const made = document.createElement("span");
  made.className = "chip chip-plain";
  made.textContent = words;
  return made;
}

async function tell(): Promise<void> {
  const here = sheet();
  const shared = here?.shared;
  timer = undefined;
  if (!here?.sheetId || !shared) return;
  try {
    const company = await call<Company>("POST", `/meja/lembar/${here.sheetId}/hadir`, { body: shared });
    if (here.sheetId && company.fields) here.takeTheirs({ version: company.version, fields: company.fields });
    draw(company);
    if (company.others.length || isGuest()) again();
  } catch {
    again(); // the sheet itself says when the server is away
  }
}

function again(): void {
  timer ??= window.setTimeout(() => void tell(), EVERY_MS);
}

export function startCompany(): void {
  if (!sheet()) return;
  if (isGuest()) {
    again();
    addEventListener("pagehide", () => {
      const id = sheet()?.sheetId;
      if (id) void call("POST", `/lembar/${id}/pergi`, { body: {} }).catch(() => undefined);
    });
  }
  document.addEventListener("siaga:panel", (event) => {
    if ((event.target as HTMLElement).id === "company" && document.querySelector("#company [data-shared]")) again();
  });
  document.addEventListener("siaga:sheet", () => {
    const box = document.getElementById("company");
    if (box) refresh(box, 0);
  });
}
