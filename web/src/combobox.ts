// A text field with suggestions (ARIA 1.2 combobox): the field keeps the focus, the list is only pointed at.
// It never changes what was typed without Enter or a click, and Escape never empties it.
import { Refused, call } from "./http";

const ASK_AFTER_MS = 40; // a fast typist's next key comes sooner than this often enough to save a request
const SHOWN_MAX = 6;

export interface Choice<Item> {
  readonly url: (text: string) => string;
  readonly draw: (item: Item) => (Node | string)[];
  readonly textOf: (item: Item, typed: string) => string;
  readonly onPick: (item: Item) => void;
  readonly onSuggestions?: (items: readonly Item[], text: string) => void;
  readonly onTrouble?: (trouble: Refused) => void;
  readonly isSure?: (item: Item) => boolean; // whether a hasty Enter, before the list was seen, may take it
}

export class Combobox<Item> {
  private items: readonly Item[] = [];
  private current = -1;
  private askedFor = "";
  private answeredFor = "";
  private pickWhenAnswered: string | undefined;
  private timer: number | undefined;
  private running: AbortController | undefined;
  private asking: Promise<void> = Promise.resolve();

  constructor(
    readonly input: HTMLInputElement,
    readonly list: HTMLElement,
    private readonly choice: Choice<Item>,
  ) {
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (!option) return;
      this.pick(Number(option.dataset["index"]));
      this.moveOn();
    });
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  /** Resolves when no suggestion is under way any more, so that a fast Ctrl+Enter does not overtake them. */
  settled(): Promise<void> {
    if (this.timer !== undefined) {
      clearTimeout(this.timer);
      this.asking = this.ask();
    }
    return this.asking;
  }

  close(): boolean {
    const was = this.isOpen;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    return was;
  }

  private typed(): void {
    this.pickWhenAnswered = undefined;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.asking = this.ask();
    }, ASK_AFTER_MS);
  }

  private async ask(): Promise<void> {
    const text = this.input.value.trim();
    this.timer = undefined;
    this.askedFor = text;
    this.running?.abort();
    if (!text) {
      this.answer([], text);
      return;
    }
    const running = new AbortController();
    this.running = running;
    try {
      const items = await call<Item[]>("GET", this.choice.url(text), { signal: running.signal });
      if (!running.signal.aborted) this.answer(items.slice(0, SHOWN_MAX), text);
    } catch (error) {
      if (running.signal.aborted) return;
      this.answer([], text);
      if (error instanceof Refused) this.choice.onTrouble?.(error);
    }
  }

  private answer(items: readonly Item[], text: string): void {
    this.items = items;
    this.answeredFor = text;
    this.choice.onSuggestions?.(items, text);
    if (this.pickWhenAnswered === text) {
      this.pickWhenAnswered = undefined;
      if (items[0] && (this.choice.isSure?.(items[0]) ?? true)) this.pick(0);
      return;
    }
    if (document.activeElement !== this.input || !items.length) {
      this.close();
      return;
    }
    this.show();
  }

  private show(): void {
    this.list.replaceChildren(
      ...this.items.map((item, index) => {
        const option = document.createElement("li");
        option.id = `${this.list.id}-${index}`;
        option.className = "option";
        option.setAttribute("role", "option");
        option.dataset["index"] = String(index);
        option.append(...this.choice.draw(item));
        return option;
      }),
    );
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.point(0);
  }

  private point(index: number): void {
    this.current = index;
    for (const option of this.list.children) {
      const isCurrent = (option as HTMLElement).dataset["index"] === String(index);
      option.setAttribute("aria-selected", String(isCurrent));
      if (isCurrent) this.input.setAttribute("aria-activedescendant", option.id);
    }
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.isOpen) {
        if (this.items.length) this.show();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.point((this.current + step + this.items.length) % this.items.length);
    } else if (event.key === "Enter" && this.input.value.trim()) {
      event.preventDefault();
      this.enter();
    } else if (event.key === "Tab") {
      this.close(); // leaving without Enter keeps what was typed, as typed
    }
  }

  /** Enter before the answer has come picks the best suggestion for what was typed, as soon as it is there. */
  private enter(): void {
    const text = this.input.value.trim();
    if (this.isOpen && this.answeredFor === text) {
      this.pick(this.current);
    } else if (this.answeredFor === text && this.askedFor === text) {
      if (this.items.length) this.pick(0);
    } else {
      this.pickWhenAnswered = text;
      clearTimeout(this.timer);
      this.asking = this.ask();
    }
    this.moveOn();
  }

  private pick(index: number): void {
    const item = this.items[index];
    if (!item) return;
    this.input.value = this.choice.textOf(item, this.input.value);
    this.answeredFor = this.askedFor = this.input.value.trim();
    this.close();
    this.choice.onPick(item);
  }

  private moveOn(): void {
    this.input.dispatchEvent(new CustomEvent("siaga:entered", { bubbles: true }));
  }
}
