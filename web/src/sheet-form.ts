// The fields of one call sheet: what is in them, suggestions, toggles, and telling others that they changed.
import { Combobox } from "./combobox";
import { type Caret, type Fields, type Place, type Unit, emptyFields, withUnit } from "./draft";
import type { LocalWord } from "./heard";
import type { Refused } from "./http";
import { Interview, type InterviewLine, lineKey } from "./interview";
import { LocalWords } from "./local-words";
import { stampLines } from "./notes";
import { element, keyCap, priorityChip } from "./parts";
import { type Raising, type Urgency, urgencyOf } from "./urgency";
import { type Circle, drawPlace, placeUrl, placeWords } from "./where-list";
import { t } from "./words";

export interface Hazard extends Raising {
  readonly adds?: readonly string[]; // agencies asked as well because of it
}

/** An incident type as GET /meja/apa answers it. */
export interface TypeChoice {
  readonly code: string;
  readonly name: string;
  readonly priority: number;
  readonly why?: string;
  readonly agencies: readonly string[];
  readonly hazards?: readonly Hazard[];
  readonly is_model?: boolean; // a machine's thought: shown, never standing in for a choice
}

const TEXT_FIELDS = ["what", "where", "landmark", "rt_rw", "caller_name", "notes"] as const;
const HAZARDS_SHOWN_MAX = 4; // Alt+1..4
const SETTLE_MS_MAX = 700; // a healthy server suggests within 100 ms
const COORDINATE_DECIMALS = 5; // about a metre

export class SheetForm {
  readonly form: HTMLFormElement;
  private fields: Fields = emptyFields();
  private chosen: TypeChoice | undefined;
  private hazards: readonly Hazard[];
  private sentPriority: number | undefined; // what the incident has, once there is one
  readonly interview: Interview;
  private readonly localWords: LocalWords;
  private near: Circle | undefined;
  private takenRtRw = ""; // RT/RW that came with the chosen place
  readonly what: Combobox<TypeChoice>;
  readonly where: Combobox<Place>;

  constructor(
    private readonly root: HTMLElement,
    hazards: readonly Hazard[],
    words: readonly LocalWord[],
    private readonly onEdit: () => void,
  ) {
    this.form = root.querySelector("form")!;
    this.hazards = hazards;
    this.interview = new Interview(this.part("[data-interview-box]"), {
      lines: () => this.fields.answers,
      add: (line) => {
        this.fields.answers = [...this.fields.answers, line];
        this.onEdit();
      },
      hazard: (code) => this.switchOn(code),
    });
    this.localWords = new LocalWords(words, root.querySelector("[data-local-words]"), root.querySelector("[data-local-words-open]"));
    this.what = this.makeWhat();
    this.where = this.makeWhere();
    stampLines(this.area("notes"));
    this.form.addEventListener("input", (event) => this.typed(event.target as HTMLElement));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("keydown", (event) => {
      // Enter in a single-line field goes on to the next; only Ctrl+Enter sends.
      if (event.key === "Enter" && !event.ctrlKey && event.target instanceof HTMLInputElement && !event.defaultPrevented) event.preventDefault();
    });
    this.form.addEventListener("siaga:entered", (event) => this.field((event.target as HTMLElement).id === "what" ? "where" : "landmark").focus());
    this.part("[data-type-line]").addEventListener("click", (event) => {
      if ((event.target as Element).closest("[data-lower]")) this.lower();
    });
    this.part("[data-hazards]").addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-hazard]");
      if (button) this.toggleHazard(button.dataset["hazard"] ?? "");
    });
  }

  /** Where the caller is said to be: suggestions near it come first. */
  set callerAt(point: Circle | undefined) {
    this.near = point;
  }

  get values(): Fields {
    const { hazards, notes_sent, answers, answers_sent } = this.fields;
    return { ...this.fields, hazards: [...hazards], notes_sent: [...notes_sent], answers: [...answers], answers_sent: [...answers_sent] };
  }

  get type(): TypeChoice | undefined {
    return this.chosen;
  }

  markNotesSent(lines: readonly string[]): void {
    this.fields.notes_sent = [...new Set([...this.fields.notes_sent, ...lines])];
  }

  markAnswersSent(lines: readonly InterviewLine[]): void {
    this.fields.answers_sent = [...new Set([...this.fields.answers_sent, ...lines.map(lineKey)])];
  }

  /** The priority the incident has now: taking a hazard away does not lower it, only a person does. */
  set keptPriority(priority: number | undefined) {
    this.sentPriority = priority;
    this.drawType();
  }

  load(fields: Partial<Fields>, chosen: TypeChoice | null | undefined): void {
    this.fields = { ...emptyFields(), ...fields };
    this.chosen = chosen?.code === this.fields.type ? (chosen ?? undefined) : undefined;
    if (this.chosen?.hazards?.length) this.hazards = this.chosen.hazards;
    for (const name of TEXT_FIELDS) this.field(name).value = this.fields[name];
    this.drawType();
    this.drawPlace();
    this.drawHazards();
    this.explainWords();
    this.interview.draw();
  }

  caret(): Caret | null {
    const active = document.activeElement;
    if (!(active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement) || !this.form.contains(active)) return null;
    return { field: active.name, start: active.selectionStart ?? 0, end: active.selectionEnd ?? 0 };
  }

  placeCaret(caret: Caret | null): void {
    const field = caret ? this.form.querySelector<HTMLInputElement>(`[name="${CSS.escape(caret.field)}"]`) : null;
    if (!field || !caret) return;
    field.focus();
    field.setSelectionRange(caret.start, caret.end);
  }

  focus(name: "what" | "where"): void {
    this.field(name).focus();
  }

  /** Waits for suggestions that are under way, but not for ever: the sheet is sent with or without them. */
  async settled(): Promise<void> {
    const patience = new Promise((done) => setTimeout(done, SETTLE_MS_MAX));
    await Promise.race([Promise.all([this.what.settled(), this.where.settled()]), patience]);
  }

  /** Shows a sentence under a field, or takes it away. The focus stays where it is. */
  complain(name: "what" | "where", sentence: string): void {
    const line = this.part(`#${name}-problem`);
    line.textContent = sentence;
    line.hidden = !sentence;
    if (sentence) this.field(name).setAttribute("aria-invalid", "true");
    else this.field(name).removeAttribute("aria-invalid");
  }

  toggleHazardAt(index: number): boolean {
    const hazard = this.shownHazards()[index];
    if (!hazard) return false;
    this.toggleHazard(hazard.code);
    return true;
  }

  closeLists(): boolean {
    return this.what.close() || this.where.close();
  }

  private part<Found extends HTMLElement = HTMLElement>(selector: string): Found {
    return this.root.querySelector<Found>(selector)!;
  }

  private field(name: string): HTMLInputElement {
    return this.part<HTMLInputElement>(`[name="${name}"]`);
  }

  private area(name: string): HTMLTextAreaElement {
    return this.part<HTMLTextAreaElement>(`textarea[name="${name}"]`);
  }

  private typed(target: HTMLElement): void {
    const name = (target as HTMLInputElement).name as (typeof TEXT_FIELDS)[number];
    if (!TEXT_FIELDS.includes(name)) return;
    const value = (target as HTMLInputElement).value;
    if (name === "where" && value !== this.fields.where) this.fields.place = null; // other words, another place
    this.fields[name] = value;
    if (name === "what" || name === "where") this.complain(name, "");
    if (name === "where") this.drawPlace();
    if (name === "what" || name === "notes") this.explainWords();
    this.onEdit();
  }

  private explainWords(): void {
    this.localWords.explain(`${this.fields.what} ${this.fields.notes.split("\n").at(-1) ?? ""}`);
  }

  private makeWhat(): Combobox<TypeChoice> {
    return new Combobox<TypeChoice>(this.field("what"), this.part("#what-options"), {
      url: (text) => `/meja/apa?q=${encodeURIComponent(text)}`,
      // A beginning is completed; the caller's own words stay.
      textOf: (item, typed) => (item.name.toLowerCase().startsWith(typed.trim().toLowerCase()) ? item.name : typed),
      draw: (item) => [
        priorityChip(item.priority),
        element("b", "", item.name),
        ...(item.is_model ? [element("span", "chip chip-plain", t("usulan model"))] : []),
        element("span", "secondary cut", item.why ?? ""),
      ],
      onPick: (item) => this.chooseType(item, true),
      // The best match stands in until somebody chooses; it never replaces a choice.
      onSuggestions: (items) => {
        if (!this.fields.type_is_chosen) this.chooseType(items[0]?.is_model ? undefined : items[0], false);
      },
      onTrouble: (trouble) => this.sayTrouble("what", trouble),
    });
  }

  private makeWhere(): Combobox<Place> {
    const list = this.part("#where-options");
    return new Combobox<Place>(this.field("where"), list, {
      url: (text) => placeUrl(text, this.near),
      textOf: (item) => item.text,
      draw: (item) => drawPlace(item, list.dataset["icons"] ?? ""),
      isSure: (item) => item.sure ?? true,
      onPick: (item) => {
        this.fields.where = item.text;
        this.fields.place = Number.isFinite(item.lat) ? item : null; // a misheard code has words and no point
        // What was taken from the words of one place goes with it; what she typed herself stays.
        if (!this.fields.rt_rw || this.fields.rt_rw === this.takenRtRw) {
          this.takenRtRw = item.rt_rw ?? "";
          this.field("rt_rw").value = this.fields.rt_rw = this.takenRtRw;
        }
        this.complain("where", "");
        this.drawPlace();
        this.onEdit();
      },
      onTrouble: (trouble) => this.sayTrouble("where", trouble),
    });
  }

  private sayTrouble(name: "what" | "where", trouble: Refused): void {
    this.complain(name, t("Saran tidak tersedia: {reason} Ketik saja, isian tetap dikirim.", { reason: trouble.message }));
  }

  /** A type chosen for her elsewhere on the desk; her own words stay, an empty field takes its name. */
  propose(item: TypeChoice): void {
    const what = this.field("what");
    if (!what.value.trim()) what.value = item.name;
    this.chooseType(item, true);
  }

  /** Shows what the other one wrote in fields this person is not in; the caret, what she types and its value stay. */
  absorb(unit: Unit, remote: Fields, byChoice = false): boolean {
    const active = document.activeElement as HTMLInputElement | null;
    if (!byChoice && active && this.form.contains(active) && unit.includes(active.name as keyof Fields)) return false;
    const before = this.fields;
    this.fields = withUnit(this.fields, unit, remote);
    for (const name of TEXT_FIELDS) {
      if (unit.includes(name) && this.field(name).value !== this.fields[name]) this.field(name).value = this.fields[name];
    }
    if (unit.includes("type") && before.type !== this.fields.type && this.chosen?.code !== this.fields.type) this.chosen = undefined;
    this.drawType();
    this.drawPlace();
    this.drawHazards();
    if (unit.includes("answers")) this.interview.draw();
    return true;
  }

  /** Words that were said stay; an empty field takes the place's own. */
  takePlace(place: Place): void {
    const where = this.field("where");
    if (!where.value.trim()) where.value = place.text;
    this.fields.where = where.value;
    this.fields.place = { ...place, text: where.value };
    this.complain("where", "");
    this.drawPlace();
    this.onEdit();
  }

  private chooseType(item: TypeChoice | undefined, byPerson: boolean): void {
    const before = this.fields.type;
    this.chosen = item;
    this.fields.type = item?.code ?? null;
    this.fields.type_is_chosen = byPerson && item !== undefined;
    if (byPerson && item) this.fields.what = this.field("what").value;
    if (item?.hazards?.length) this.hazards = item.hazards;
    if (before !== this.fields.type) this.fields.priority = null; // chosen for another matter
    this.complain("what", "");
    this.drawType();
    this.drawHazards();
    this.onEdit();
  }

  private drawType(): void {
    const line = this.part("[data-type-line]");
    line.replaceChildren();
    const type = this.chosen;
    if (type) {
      const { priority, raisedBy } = this.urgency(type);
      line.append(priorityChip(priority, true), element("b", "", type.name));
      if (raisedBy !== undefined && priority < type.priority) line.append(raisedNote(raisedBy, type.priority));
      const asked = this.agencies(type);
      if (asked.length) line.append(element("span", "secondary", `→ ${asked.join(", ")} ${t("(otomatis)")}`));
      if (type.why && !this.fields.type_is_chosen) line.append(element("span", "tertiary", type.why));
    }
    void this.interview.follow(type?.code);
  }

  private urgency(type: TypeChoice): Urgency {
    return urgencyOf(type.priority, this.hazards, this.fields.hazards, this.fields.priority, this.sentPriority);
  }

  /** Whom the city's table asks for this type, and whom the hazards add. */
  private agencies(type: TypeChoice): string[] {
    const added = this.hazards.filter((hazard) => this.fields.hazards.includes(hazard.code)).flatMap((hazard) => hazard.adds ?? []);
    return [...new Set([...type.agencies, ...added])];
  }

  /** She knows better than the hazard: back to the type's own priority, by a person's word. */
  private lower(): void {
    if (!this.chosen) return;
    this.fields.priority = this.chosen.priority;
    this.drawType();
    this.onEdit();
  }

  private drawPlace(): void {
    const line = this.part("[data-place-line]");
    const place = this.fields.place;
    line.hidden = !this.fields.where.trim();
    line.textContent = place
      ? `${placeWords(place)} · ${place.lat.toFixed(COORDINATE_DECIMALS)}, ${place.lon.toFixed(COORDINATE_DECIMALS)}`
      : t("Lokasi belum pasti: belum ada saran yang dipilih.");
    this.root.dispatchEvent(new CustomEvent("siaga:place", { detail: place, bubbles: true }));
  }

  private shownHazards(): readonly Hazard[] {
    return this.hazards.slice(0, HAZARDS_SHOWN_MAX);
  }

  private drawHazards(): void {
    const shown = this.shownHazards();
    this.part("[data-hazards]").replaceChildren(
      ...shown.map((hazard, index) => {
        const button = element("button", "button button-small", keyCap(`Alt+${index + 1}`), hazard.name) as HTMLButtonElement;
        button.type = "button";
        button.dataset["hazard"] = hazard.code;
        button.setAttribute("aria-pressed", String(this.fields.hazards.includes(hazard.code)));
        return button;
      }),
    );
  }

  private toggleHazard(code: string): void {
    const on = this.fields.hazards.includes(code);
    this.fields.hazards = on ? this.fields.hazards.filter((other) => other !== code) : [...this.fields.hazards, code];
    if (!on) this.fields.priority = null; // a new fact may raise it again
    this.root.querySelector(`[data-hazard="${CSS.escape(code)}"]`)?.setAttribute("aria-pressed", String(!on));
    this.drawType();
    this.onEdit();
  }

  /** An answer says so: the toggle shows it, and she can take it back there. */
  private switchOn(code: string): void {
    if (!this.fields.hazards.includes(code)) this.toggleHazard(code);
  }
}

function raisedNote(hazard: string, usual: number): HTMLElement {
  const note = element("span", "raised row", element("b", "", hazard ? t("dinaikkan: {hazard}", { hazard }) : t("tetap setelah dinaikkan")));
  const lower = element("button", "button button-small", t("Kembalikan P{priority}", { priority: usual })) as HTMLButtonElement;
  lower.type = "button";
  lower.dataset["lower"] = "";
  note.append(lower);
  return note;
}
