// The line at the foot: `/` or Ctrl+K, a verb, Enter. What it would do is read before Enter, and the server does that
// and nothing else. Escape closes and keeps the text; Tab completes; the arrows bring back what was typed before.
import { meta, now } from "./clock";
import { Refused, call } from "./http";
import { handle, onEscape } from "./keys";
import { refresh } from "./panels";
import { element } from "./parts";
import { say } from "./status";

interface Choice {
  readonly line: string;
  readonly word: string;
  readonly label: string;
}

interface Preview {
  readonly state: "empty" | "begun" | "ready" | "refused" | "unknown";
  readonly says: string;
  readonly seen: string;
  readonly choices: readonly Choice[];
}

interface Outcome {
  readonly says: string;
  readonly lines: readonly string[];
  readonly url: string;
  readonly show: { readonly incident?: string; readonly lat?: number; readonly lon?: number; readonly label?: string };
}

interface Past {
  readonly line: string;
  readonly at: number;
}

const ASK_AFTER_MS = 60; // a fast typist's next key saves a request
const PAST_MAX = 50;
const PAST_MS_MAX = 12 * 3600 * 1000; // a shift: notes may hold names, and the next person sits at the same desk
const NOT_KEPT = /^[\s/.,;]*(?:c|cari)\b/i; // a caller's number is looked at once, and not kept

class CommandLine {
  private preview: Preview | undefined;
  private previewOf = "";
  private timer: number | undefined;
  private asking: Promise<void> = Promise.resolve();
  private running: AbortController | undefined;
  private busy = false;
  private current = -1;
  private back: HTMLElement | null = null;
  private pastAt = -1;
  private kept = "";

  constructor(
    private readonly box: HTMLElement,
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly says: HTMLElement,
    private readonly lines: HTMLElement,
    private readonly button: HTMLButtonElement,
  ) {
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("focus", (event) => {
      const from = event.relatedTarget;
      if (from instanceof HTMLElement && !box.contains(from)) this.back = from;
      if (!this.preview) void this.ask();
      this.draw();
    });
    input.addEventListener("blur", () => this.closeList());
    input.closest("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (option) this.take(Number(option.dataset["index"]));
    });
  }

  /** Focus the line, with ``text`` as a beginning; the arrow up brings back what stood there: nothing typed is lost. */
  open(text = ""): void {
    if (text && text !== this.input.value) {
      if (this.input.value.trim()) remember(this.input.value);
      this.input.value = text;
      this.typed();
    }
    this.input.focus();
    if (text) this.input.setSelectionRange(text.length, text.length);
    else this.input.select();
  }

  close(): boolean {
    if (document.activeElement !== this.input) {
      if (this.lines.hidden) return false;
      this.lines.hidden = true;
      return true;
    }
    this.lines.hidden = true;
    this.closeList();
    const target = this.back?.isConnected ? this.back : document.getElementById("main")?.querySelector<HTMLElement>("[data-region]");
    target?.focus();
    return true;
  }

  private typed(): void {
    this.current = -1;
    this.pastAt = -1;
    this.lines.hidden = true;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), ASK_AFTER_MS);
    this.drawButton();
  }

  /** Resolves when the preview belongs to what stands in the line. */
  private settled(): Promise<void> {
    if (this.previewOf !== this.input.value || this.timer !== undefined) return this.ask();
    return this.asking;
  }

  private ask(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running?.abort();
    const asked = (this.running = new AbortController());
    const line = this.input.value;
    this.asking = (async () => {
      try {
        const found = await call<Preview>("POST", "/perintah/lihat", { body: { line }, signal: asked.signal });
        if (line !== this.input.value) return;
        this.preview = found;
        this.previewOf = line;
      } catch (error) {
        if (asked.signal.aborted || line !== this.input.value) return;
        this.previewOf = line;
        this.preview = { state: "refused", says: error instanceof Error ? error.message : String(error), seen: "", choices: [] };
      }
      this.draw();
    })();
    return this.asking;
  }

  private draw(): void {
    const { preview } = this;
    if (!preview) return;
    this.box.dataset["state"] = preview.state === "ready" ? "live" : preview.state === "refused" || preview.state === "unknown" ? "error" : "empty";
    const arrow = preview.state === "ready" ? "→ " : preview.state === "refused" ? "✕ " : preview.state === "unknown" ? "? " : "";
    this.says.textContent = preview.says ? `${arrow}${preview.says}` : "";
    this.drawButton();
    this.drawList(preview);
  }

  private drawButton(): void {
    this.button.disabled = this.busy || this.preview?.state !== "ready" || this.previewOf !== this.input.value;
  }

  private drawList(preview: Preview): void {
    const open = document.activeElement === this.input && preview.choices.length > 0 && this.input.value.trim() !== "";
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.list.replaceChildren(
      ...(open ? preview.choices : []).map((choice, index) => {
        const option = element("li", "option", element("b", "mono", choice.word), element("span", "secondary cut", choice.label));
        option.id = `command-option-${index}`;
        option.setAttribute("role", "option");
        option.dataset["index"] = String(index);
        option.setAttribute("aria-selected", String(index === this.current));
        return option;
      }),
    );
    if (open && this.current >= 0) this.input.setAttribute("aria-activedescendant", `command-option-${this.current}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  private closeList(): void {
    this.list.hidden = true;
    this.current = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Tab" && !event.shiftKey && this.mayComplete()) {
      event.preventDefault();
      void this.settled().then(() => this.take(Math.max(this.current, 0)));
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.move(event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" && this.current >= 0) {
      event.preventDefault();
      this.take(this.current);
    }
  }

  /** A word is begun. Otherwise Tab leaves the line, as everywhere. */
  private mayComplete(): boolean {
    const text = this.input.value;
    return /[^\s.,;]$/.test(text) && (this.previewOf !== text || (this.preview?.choices.length ?? 0) > 0);
  }

  private take(index: number): void {
    const choice = this.preview?.choices[index];
    if (!choice) return;
    this.input.value = choice.line;
    this.input.setSelectionRange(choice.line.length, choice.line.length);
    this.typed();
  }

  /** Down goes through the proposals; up, above them, through what was typed before. */
  private move(step: 1 | -1): void {
    const choices = this.list.hidden ? 0 : (this.preview?.choices.length ?? 0);
    if (this.pastAt < 0 && (step > 0 || this.current >= 0)) {
      this.current = Math.min(this.current + step, choices - 1);
      if (this.preview) this.drawList(this.preview);
      return;
    }
    const past = pastLines();
    if (this.pastAt < 0) this.kept = this.input.value;
    const at = Math.min(this.pastAt - step, past.length - 1);
    if (!past.length) return;
    this.input.value = at < 0 ? this.kept : (past[at]?.line ?? "");
    this.typed();
    this.pastAt = Math.max(at, -1);
  }

  private async run(): Promise<void> {
    if (this.busy || !this.input.value.trim()) return;
    const shown = this.preview;
    const read = this.previewOf === this.input.value && shown?.state === "ready";
    if (!read) {
      await this.settled(); // what Enter does must have been on the screen before: this Enter only brings it there
      return;
    }
    this.busy = true;
    this.drawButton();
    const line = this.input.value;
    const options = { body: { line, seen: shown.seen }, key: crypto.randomUUID() };
    try {
      let done: Outcome;
      try {
        done = await call<Outcome>("POST", "/perintah/jalankan", options);
      } catch (error) {
        if (!(error instanceof Refused) || !error.unreachable) throw error;
        done = await call<Outcome>("POST", "/perintah/jalankan", options); // the same key: the same act
      }
      remember(line);
      this.input.value = "";
      this.preview = undefined;
      this.previewOf = "";
      this.says.textContent = `✓ ${done.says}`;
      this.box.dataset["state"] = "live";
      say("done", done.says);
      this.show(done);
    } catch (error) {
      const body = error instanceof Refused ? (error.body as Partial<Preview>) : {};
      if (body.seen) this.preview = body as Preview; // it would do something else now: this is read first
      say("problem", error instanceof Error ? error.message : String(error));
      if (body.seen) this.draw();
      else this.says.textContent = `✕ ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.busy = false;
      this.drawButton();
      document.dispatchEvent(new CustomEvent("siaga:acted"));
    }
  }

  private show(done: Outcome): void {
    if (done.lines.length) {
      this.lines.replaceChildren(...done.lines.map((line) => element("p", "", line)));
      this.lines.hidden = false;
    }
    if (done.url) open(done.url, "_blank");
    if (done.show.lat === undefined) return;
    const event = new CustomEvent("siaga:show", { detail: done.show, cancelable: true });
    if (document.dispatchEvent(event) && done.show.incident) open(`/kejadian/${done.show.incident}`, "_blank"); // no map here
  }
}

function pastKey(): string {
  return `siaga-commands:${meta("stream")?.dataset["owner"] ?? ""}`;
}

function pastLines(): Past[] {
  try {
    const found = JSON.parse(localStorage.getItem(pastKey()) ?? "[]") as Past[];
    return found.filter((one) => now() - one.at < PAST_MS_MAX);
  } catch {
    return [];
  }
}

function remember(line: string): void {
  if (NOT_KEPT.test(line)) return;
  const past = [{ line, at: now() }, ...pastLines().filter((one) => one.line !== line)].slice(0, PAST_MAX);
  try {
    localStorage.setItem(pastKey(), JSON.stringify(past));
  } catch {
    // forbidden storage: nothing to bring back
  }
}

export function startCommandLine(): void {
  const box = document.getElementById("command-line");
  const input = box?.querySelector<HTMLInputElement>("#command");
  const [list, says, lines] = ["command-options", "command-says", "command-lines"].map((id) => document.getElementById(id));
  const button = box?.querySelector<HTMLButtonElement>("[data-command-run]");
  if (!box || !input || !list || !says || !lines || !button) return;
  const line = new CommandLine(box, input, list, says, lines, button);
  handle("command_line", () => line.open());
  handle("command_slash", () => line.open());
  onEscape(() => line.close());
  document.addEventListener("click", (event) => {
    const begun = (event.target as Element).closest<HTMLElement>("[data-command]")?.dataset["command"];
    if (begun !== undefined) line.open(begun);
  });
  document.addEventListener("siaga:line", () => {
    const panel = document.getElementById("reminders");
    if (panel) refresh(panel, 0);
  });
}
