// After sending, the sheet corrects its incident: only what changed, and each note once.
import type { Fields } from "./draft";
import { Refused, call } from "./http";
import { lineKey } from "./interview";
import { linesToSend } from "./notes";
import type { SheetForm, TypeChoice } from "./sheet-form";
import { t } from "./words";

export interface Incident {
  readonly id: string;
  readonly number: number | string;
  readonly url: string;
  readonly priority?: number | null;
}

const AMEND_AFTER_MS = 800;
const RETRY_MS = 2000;

/** A field somebody else had changed: what stands there, in words and as fields of the sheet. */
export interface Contested {
  readonly field: string;
  readonly who: string;
  readonly words: string; // what stands there now
  readonly fields: Partial<Fields>;
  readonly chosen?: TypeChoice | null;
}

const PARTS: Readonly<Record<string, readonly (keyof Fields)[]>> = { type: ["type", "what"], place: ["where", "place"], landmark: ["landmark"], rt_rw: ["rt_rw"] };

export class Amender {
  private timer: number | undefined;
  private readonly held = new Set<string>(); // fields she has not chosen between yet
  private known: string; // the fields the incident already has, as JSON

  constructor(
    readonly incident: Incident,
    private readonly sheet: string,
    private readonly form: SheetForm,
    fields: Fields,
    private readonly tell: (kind: "sent" | "problem", words: string) => void,
    private readonly onNoted: () => void,
    private readonly ask: (one: Contested, mine: () => void, theirs: () => void) => void,
  ) {
    this.known = amendable(fields);
  }

  edited(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.amend(), AMEND_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  async amend(): Promise<void> {
    this.stop();
    await this.sendNotes(false);
    await this.sendAnswers();
    const wanted = amendable(this.form.values);
    if (wanted === this.known) return;
    const before = JSON.parse(this.known) as Record<string, unknown>;
    const after = JSON.parse(wanted) as Record<string, unknown>;
    const waiting = [...this.held].flatMap((field) => PARTS[field] ?? []) as string[];
    const changed = Object.fromEntries(
      Object.entries(after).filter(([name, value]) => !waiting.includes(name) && JSON.stringify(value) !== JSON.stringify(before[name])),
    );
    if (!Object.keys(changed).length) return;
    const { type, where, landmark, rt_rw, hazards } = before;
    try {
      const told = await call<{ priority?: number; contested?: readonly Contested[] }>("PATCH", `/kejadian/${this.incident.id}`, {
        body: { ...changed, before: { type, where, landmark, rt_rw, hazards } },
      });
      this.known = JSON.stringify({ ...after, ...Object.fromEntries(waiting.map((name) => [name, before[name]])) });
      if (told.priority) this.form.keptPriority = told.priority;
      if (told.contested?.length) {
        for (const one of told.contested) this.choose(one);
        return;
      }
      this.tell("sent", t("#{number} diperbarui.", { number: this.incident.number }));
    } catch (error) {
      this.tell("problem", error instanceof Error ? error.message : String(error));
      if (error instanceof Refused && error.unreachable) this.timer = window.setTimeout(() => void this.amend(), RETRY_MS);
    }
  }

  /** Two people changed the same field: both values stand there until she says which is right. */
  private choose(one: Contested): void {
    this.held.add(one.field);
    const settle = () => {
      this.held.delete(one.field);
      this.known = amendable({ ...this.form.values, ...(JSON.parse(this.known) as Partial<Fields>), ...one.fields });
    };
    this.ask(
      one,
      () => {
        settle();
        void this.amend();
      },
      () => {
        settle();
        this.form.load({ ...this.form.values, ...one.fields }, one.chosen ?? this.form.type);
        this.onNoted();
      },
    );
  }

  async sendNotes(alsoUnfinished: boolean): Promise<void> {
    const { notes, notes_sent } = this.form.values;
    for (const text of linesToSend(notes, notes_sent, alsoUnfinished)) {
      try {
        await call("POST", `/kejadian/${this.incident.id}/catatan`, { body: { text }, key: `${this.sheet}:catatan:${text}` });
        this.form.markNotesSent([text]);
        this.onNoted();
      } catch (error) {
        this.tell("problem", t("Catatan belum terkirim: {reason}", { reason: error instanceof Error ? error.message : String(error) }));
        return;
      }
    }
  }

  /** The lines of the interview the incident does not have yet, in their order. */
  private async sendAnswers(): Promise<void> {
    const { answers, answers_sent } = this.form.values;
    for (const line of answers.filter((one) => !answers_sent.includes(lineKey(one)))) {
      try {
        await call("POST", `/kejadian/${this.incident.id}/jawaban`, { body: line, key: `${this.sheet}:jawaban:${lineKey(line)}` });
        this.form.markAnswersSent([line]);
        this.onNoted();
      } catch (error) {
        this.tell("problem", t("Jawaban belum terkirim: {reason}", { reason: error instanceof Error ? error.message : String(error) }));
        if (error instanceof Refused && error.unreachable) this.timer = window.setTimeout(() => void this.amend(), RETRY_MS);
        return;
      }
    }
  }
}

/** What an incident keeps of the fields, as comparable JSON. */
function amendable(fields: Fields): string {
  const { type, what, where, place, landmark, rt_rw, caller_name, hazards, priority } = fields;
  return JSON.stringify({ type, what, where, place, landmark, rt_rw, caller_name, hazards, priority });
}
