// Saves a sheet: to this browser at once, to the server within a second, and says honestly where it is.
import { type Caret, type Fields, dropCopy, keepCopy } from "./draft";
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
  readonly onState: (words: string) => void;
}

export class Saver {
  private timer: number | undefined;
  private running: Promise<void> | undefined;
  private edits = 0;
  private savedEdits = 0;
  private closed = false;

  constructor(
    private readonly sheet: string,
    private version: number,
    private readonly source: Source,
  ) {}

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
    keepCopy({ sheet: this.sheet, version: this.version, fields: values(), caret: caret(), saved, at: now() });
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
    const body = { version: this.version, fields: this.source.values(), caret: this.source.caret() };
    try {
      const answer = await call<{ version: number }>("PUT", `/meja/lembar/${this.sheet}`, { body });
      this.version = answer.version;
      this.savedEdits = edits;
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
