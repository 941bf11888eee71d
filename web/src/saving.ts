// Saves a sheet: to this browser at once, to the server within a second, and says honestly where it is.
import { type Caret, type Fields, type Unit, dropCopy, emptyFields, keepCopy, same, unitsOf, withUnit } from "./draft";
import { clockText, now } from "./clock";
import { Refused, call } from "./http";
import { t } from "./words";

const SAVE_AFTER_MS = 600; // within the promised second, after most bursts of typing
const RETRY_MS = 2000;

export interface ServerCopy {
  readonly version: number;
  readonly fields: Fields;
}

export interface Source {
  readonly values: () => Fields;
  readonly caret: () => Caret | null;
  readonly onNewer: (copy: ServerCopy) => void;
  readonly absorb: (unit: Unit, remote: Fields) => boolean; // shows what the other wrote; false: not now, she is in it
  readonly onContested: (contested: readonly { unit: Unit; theirs: Fields }[]) => void;
  readonly onState: (words: string) => void;
}

export class Saver {
  private timer: number | undefined;
  private running: Promise<void> | undefined;
  private edits = 0;
  private savedEdits = 0;
  private closed = false;
  private contested = new Set<string>();
  private resolved: string[] = [];

  constructor(
    private readonly sheet: string,
    private version: number,
    private readonly source: Source,
    private base: Fields, // what lies on the server, unit by unit, as far as she has seen it
  ) {}

  get knownVersion(): number {
    return this.version;
  }

  /** The other side's text, fetched or answered. What she has not touched follows it; `sent`: what she had sent. */
  take(told: { version: number; fields: Partial<Fields>; contested?: readonly string[] }, sent?: Fields): void {
    // What nobody has written yet is missing from the server's text: it is empty, not unknown.
    const remote = { ...told, fields: { ...emptyFields(), ...told.fields } };
    const contested: { unit: Unit; theirs: Fields }[] = [];
    for (const unit of unitsOf({ ...this.base, ...remote.fields })) {
      const mine = this.source.values();
      if (remote.contested?.includes(unit[0] ?? "")) {
        contested.push({ unit, theirs: remote.fields });
        continue;
      }
      const untouched = same(unit, mine, sent ?? this.base);
      if (sent && !untouched) this.base = withUnit(this.base, unit, sent);
      else if (untouched && (same(unit, mine, remote.fields) || this.source.absorb(unit, remote.fields))) this.base = withUnit(this.base, unit, remote.fields);
      else if (sent) this.base = withUnit(this.base, unit, sent);
    }
    this.version = Math.max(this.version, remote.version);
    const fresh = contested.filter(({ unit }) => !this.contested.has(unit[0] ?? ""));
    for (const { unit } of contested) this.contested.add(unit[0] ?? "");
    if (fresh.length) this.source.onContested(fresh);
    this.keep();
  }

  /** She has chosen between two texts: what is on the screen now is hers to keep. */
  choose(unit: Unit, theirs: Fields): void {
    this.contested.delete(unit[0] ?? "");
    this.resolved.push(unit[0] ?? "");
    this.base = withUnit(this.base, unit, theirs);
    this.edited();
  }

  get isSaved(): boolean {
    return this.edits === this.savedEdits;
  }

  edited(): void {
    this.edits += 1;
    this.keep(false);
    this.timer ??= window.setTimeout(() => void this.flush(), SAVE_AFTER_MS);
  }

  /** Keeps the caret too, so that a reload puts it back. */
  keep(saved = this.isSaved): void {
    if (this.closed) return;
    const { values, caret } = this.source;
    keepCopy({ sheet: this.sheet, version: this.version, fields: values(), caret: caret(), saved, base: this.base, at: now() });
  }

  /** Takes the other screen's version as the base of what is typed here. */
  adopt(version: number): void {
    this.version = version;
    this.edited();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    dropCopy(this.sheet);
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.running) await this.running;
    if (this.closed || this.isSaved) return;
    this.running = this.save().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async save(): Promise<void> {
    const edits = this.edits;
    const sent = this.source.values();
    const resolved = this.resolved;
    const body = { version: this.version, fields: sent, was: this.base, resolved, caret: this.source.caret() };
    try {
      const answer = await call<{ version: number; fields?: Fields; contested?: string[] }>("PUT", `/meja/lembar/${this.sheet}`, { body });
      this.version = answer.version;
      this.savedEdits = edits;
      this.resolved = this.resolved.slice(resolved.length);
      if (answer.fields) this.take({ version: answer.version, fields: answer.fields, contested: answer.contested ?? [] }, sent);
      else this.base = sent;
      this.keep();
      this.source.onState(t("draf ✓ {time}", { time: clockText(now()) }));
    } catch (error) {
      if (this.closed) return;
      const refused = error instanceof Refused ? error : new Refused(0, "");
      if (refused.status === 409 && typeof refused.body["version"] === "number") {
        this.source.onNewer(refused.body as unknown as ServerCopy);
        return;
      }
      this.source.onState(t("belum tersimpan di server; tersimpan di komputer ini"));
      this.timer ??= window.setTimeout(() => void this.flush(), RETRY_MS);
    }
    if (!this.isSaved) this.timer ??= window.setTimeout(() => void this.flush(), SAVE_AFTER_MS);
  }
}
