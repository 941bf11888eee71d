// htmx: forms and buttons of the pages, and the morph of the panels. Nothing in a page is ever evaluated as code.
import htmx from "htmx.org";
import { csrfToken } from "./http";
import { say } from "./status";
import { t } from "./words";

interface RequestEvent {
  readonly ctx: { readonly request: { readonly headers: Record<string, string> } };
}

interface AnswerEvent {
  readonly ctx: { readonly response?: { readonly status: number }; swap?: string; text?: string };
}

class NoEval {
  constructor() {
    throw new Error("code in attributes is switched off");
  }
}

htmx.registerExtension("siaga-no-eval", {
  init(api: { initSecurity(policy: null, sync: unknown, async: unknown): void }) {
    api.initSecurity(null, NoEval, NoEval);
  },
} as never);

document.addEventListener("htmx:config:request", (event) => {
  (event as CustomEvent<RequestEvent>).detail.ctx.request.headers["x-csrftoken"] = csrfToken();
});

// htmx 4 would put the body of a refusal into the target; a refusal is a sentence, said where it can be read.
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = (event as CustomEvent<AnswerEvent>).detail;
  ctx.swap = "none";
  say("problem", sentenceOf(ctx.text ?? "", ctx.response?.status ?? 0));
});

document.addEventListener("htmx:error", () => {
  say("problem", t("Server tidak menjawab."));
});

function sentenceOf(text: string, status: number): string {
  try {
    const body = JSON.parse(text) as { detail?: unknown };
    if (typeof body.detail === "string" && body.detail) return body.detail;
  } catch {
    // not a problem document
  }
  return t("Server menolak (kode {status}).", { status });
}

/** Morphs the inside of an element towards `html`, keeping what did not change. */
export async function swapInside(target: HTMLElement, html: string): Promise<void> {
  await htmx.swap({ target, sourceElement: target, text: html, swap: "innerMorph" });
}

export function processNew(root: Element): void {
  htmx.process(root);
}
