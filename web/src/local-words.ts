// Words callers say and takers may misunderstand: the one just typed is explained in a line, all of them in a list.
import { type LocalWord, folded, heardIn } from "./heard";
import { handle } from "./keys";
import { element, keyCap } from "./parts";
import { t } from "./words";

const SHOWN_MAX = 2; // a line under the field; the list has them all

function explained(word: LocalWord): HTMLElement {
  const line = element("span", "local-word", element("b", "", word.text), ` (${word.spoken}): ${word.means}.`);
  if (word.ask) line.append(` ${t("Tanyakan:")} “${word.ask}”`);
  if (!word.confirmed) line.append(" ", element("span", "tertiary", t("(belum dipastikan penutur)")));
  return line;
}

export class LocalWords {
  private dialog: HTMLDialogElement | undefined;

  constructor(
    private readonly words: readonly LocalWord[],
    private readonly line: HTMLElement | null,
    opener: HTMLElement | null,
  ) {
    if (opener) opener.hidden = !words.length;
    opener?.addEventListener("click", () => this.open());
    handle("local_words", () => (this.words.length ? this.open() : false));
  }

  explain(text: string): void {
    const heard = heardIn(this.words, text).slice(0, SHOWN_MAX);
    if (!this.line) return;
    this.line.hidden = !heard.length;
    this.line.replaceChildren(...heard.map(explained));
  }

  private open(): void {
    this.dialog ??= this.made();
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }

  private made(): HTMLDialogElement {
    const dialog = element("dialog", "overlay") as HTMLDialogElement;
    const title = element("h2", "grow", t("Kata daerah"));
    title.id = "local-words-title";
    dialog.setAttribute("aria-labelledby", title.id);
    const close = element("button", "button button-small", t("Tutup"), keyCap("Escape")) as HTMLButtonElement;
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    const search = element("input", "input") as HTMLInputElement;
    search.type = "search";
    search.autocomplete = "off";
    search.setAttribute("aria-label", t("Cari kata"));
    const list = element("ul", "list");
    const body = element("div", "overlay-body", list);
    body.tabIndex = 0;
    const draw = () => list.replaceChildren(...this.found(search.value).map((word) => element("li", word.trap ? "local-trap" : "", explained(word))));
    search.addEventListener("input", draw);
    draw();
    dialog.append(element("div", "overlay-card", element("div", "panel-head", title, close), element("div", "panel-pad", search), body));
    document.body.append(dialog);
    return dialog;
  }

  private found(wanted: string): readonly LocalWord[] {
    const needle = folded(wanted).trim();
    return this.words.filter((word) => folded(`${word.text} ${word.means}`).includes(needle));
  }
}
