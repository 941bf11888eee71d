// Ten seconds of second thoughts: after every act of this screen the server is asked what could be taken back.
import { call } from "./http";
import { handle } from "./keys";
import { say } from "./status";
import { t } from "./words";

interface Offer {
  readonly left_ms: number;
  readonly words: string;
  readonly seconds: number;
}

const ASK_AFTER_MS = 150; // several acts of one click are one question
let timer: number | undefined;
let hideTimer: number | undefined;

function bar(): HTMLElement | null {
  return document.getElementById("undo-bar");
}

function hide(): void {
  const shown = bar();
  if (!shown) return;
  const had = shown.contains(document.activeElement);
  shown.hidden = true;
  if (had) document.getElementById("main")?.querySelector<HTMLElement>("[data-region]")?.focus();
}

async function ask(): Promise<void> {
  const shown = bar();
  if (!shown) return;
  let offer: Offer;
  try {
    offer = await call<Offer>("GET", "/batalkan");
  } catch {
    return; // nothing is offered that might not be there
  }
  clearTimeout(hideTimer);
  if (offer.left_ms <= 0) {
    hide();
    return;
  }
  shown.querySelector("[data-undo-words]")!.textContent = offer.words;
  shown.querySelector("[data-undo-label]")!.textContent = t("Batalkan ({seconds} dtk)", { seconds: offer.seconds });
  shown.hidden = false;
  hideTimer = window.setTimeout(hide, offer.left_ms);
}

async function takeBack(): Promise<void> {
  try {
    say("done", (await call<{ words: string }>("POST", "/batalkan", { body: {} })).words);
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  }
  hide();
}

export function startUndo(): void {
  const shown = bar();
  if (!shown) return;
  const soon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), ASK_AFTER_MS);
  };
  document.addEventListener("siaga:acted", soon);
  document.addEventListener("htmx:after:request", (event) => {
    const method = (event as CustomEvent<{ ctx?: { request?: { method?: string } } }>).detail.ctx?.request?.method;
    if (method && method !== "GET") soon();
  });
  shown.querySelector("button")?.addEventListener("click", () => void takeBack());
  handle("undo", () => {
    if (shown.hidden) return false;
    void takeBack();
    return true;
  });
}
