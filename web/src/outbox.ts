// An answer of an agency that did not reach the server is kept on this phone, said so loudly, and sent again until the
// server has it or refuses it. Each of these answers means the same however often it arrives.
import { Refused, request } from "./http";
import { refreshAll } from "./panels";
import { say } from "./status";
import { t } from "./words";

interface Kept {
  readonly url: string;
  readonly what: string; // words for the person: "TERIMA #24"
}

const SHELF = "siaga-outbox";
const AGAIN_MS = 4000;
const KEPT_MAX = 20; // a phone that has gathered more has been dead for hours; the telephone is the way then
let sending = false;

function kept(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(SHELF) ?? "[]");
    return Array.isArray(found) ? (found as Kept[]) : [];
  } catch {
    return []; // a browser that keeps nothing still shows the refusal and the telephone number
  }
}

function keep(all: readonly Kept[]): void {
  try {
    localStorage.setItem(SHELF, JSON.stringify(all.slice(-KEPT_MAX)));
  } catch {
    // see kept()
  }
  show(all);
}

function show(all: readonly Kept[]): void {
  const bar = document.getElementById("outbox");
  const words = bar?.querySelector("span");
  if (!bar || !words) return;
  bar.hidden = all.length === 0;
  const what = all.map((one) => one.what).join(", ");
  words.textContent = all.length ? t("BELUM TERKIRIM: {what}. Kami terus mencoba. Telepon 112 sekarang.", { what }) : "";
}

function without(url: string): Kept[] {
  return kept().filter((one) => one.url !== url);
}

async function sendAll(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (const one of kept()) {
      await request("POST", one.url, { accept: "text/html" });
      keep(without(one.url));
      say("done", t("Terkirim: {what}.", { what: one.what }));
      refreshAll();
    }
  } catch (error) {
    if (error instanceof Refused && !error.unreachable && error.status !== 401) {
      const refused = kept()[0];
      keep(kept().slice(1));
      say("problem", `${refused?.what ?? ""}: ${error.message}`);
    }
  } finally {
    sending = false;
  }
}

export function startOutbox(): void {
  document.addEventListener("htmx:error", (event) => {
    const source = (event as CustomEvent<{ ctx?: { sourceElement?: Element } }>).detail.ctx?.sourceElement;
    const form = source?.closest<HTMLFormElement>("form[data-outbox]");
    const url = form?.getAttribute("action");
    if (url && form) keep([...without(url), { url, what: form.dataset["outbox"] ?? "" }]);
  });
  addEventListener("online", () => void sendAll());
  setInterval(() => {
    if (kept().length) void sendAll();
  }, AGAIN_MS);
  show(kept());
}
