// Reads the server's event stream with fetch, because EventSource can neither send Last-Event-ID on a new
// connection nor tell "signed out" from "server away". Runs in the shared worker, or in the page without one.

export interface Change {
  readonly position: number;
  readonly name: string;
  readonly topics: readonly string[];
  readonly refs: Readonly<Record<string, string>>;
}

/** What no journal entry says, measured again and again: how a line sounds, whether the list of what is broken changed. */
export interface Signal {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type StreamState = "waiting" | "live" | "lost" | "signed-out";

export type StreamMessage =
  | { readonly kind: "state"; readonly state: StreamState; readonly silentMs: number }
  | { readonly kind: "pulse"; readonly now: string; readonly position: number; readonly version: string }
  | { readonly kind: "change"; readonly change: Change }
  | { readonly kind: "signal"; readonly signal: Signal }
  | { readonly kind: "resync" }
  | { readonly kind: "welcome"; readonly position: number };

// The server pulses every 2 s. Two missed pulses mean the line is dead, and the screen says so within 5 s.
export const SILENCE_MS_MAX = 4500;
const WATCH_MS = 500;
const RETRY_MS = [200, 500, 1000, 2000, 4000];

export interface Sse {
  event: string;
  data: string;
  id: string | undefined;
}

/** Splits a growing text into complete events; keeps the unfinished rest. */
export class SseParser {
  private rest = "";

  push(text: string): Sse[] {
    const blocks = (this.rest + text).replace(/\r\n/g, "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(parseBlock).filter((event): event is Sse => event !== null);
  }
}

function parseBlock(block: string): Sse | null {
  const event: Sse = { event: "message", data: "", id: undefined };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (!line || line.startsWith(":")) continue;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event.event = value;
    else if (field === "data") data.push(value);
    else if (field === "id") event.id = value;
  }
  if (!data.length && event.event === "message") return null;
  event.data = data.join("\n");
  return event;
}

export class Stream {
  private lastId: string;
  private state: StreamState = "waiting";
  private heardAt = performance.now();
  private stopped = false;
  private failures = 0;
  private connection: AbortController | undefined;
  private readonly watch: ReturnType<typeof setInterval>;

  constructor(
    private readonly url: string,
    position: number,
    private readonly tell: (message: StreamMessage) => void,
  ) {
    this.lastId = String(position);
    this.watch = setInterval(() => this.checkSilence(), WATCH_MS);
    void this.run();
  }

  get position(): number {
    return Number(this.lastId);
  }

  describe(): StreamMessage {
    return { kind: "state", state: this.state, silentMs: performance.now() - this.heardAt };
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.watch);
    this.connection?.abort();
  }

  private setState(state: StreamState): void {
    if (this.state === state) return;
    this.state = state;
    this.tell(this.describe());
  }

  private checkSilence(): void {
    if (this.state === "signed-out" || performance.now() - this.heardAt < SILENCE_MS_MAX) return;
    this.setState("lost");
    this.connection?.abort();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.connection = new AbortController();
      try {
        await this.readOnce(this.connection.signal);
      } catch {
        // a broken line is expected; the silence watch decides when to say so
      }
      if (this.stopped || this.state === "signed-out") return;
      const pause = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)] ?? 1000;
      // Spread, so that two thousand screens do not return in the same millisecond after a restart.
      await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random() / 2)));
    }
  }

  private async readOnce(signal: AbortSignal): Promise<void> {
    // A connection attempt that hangs is cut by this timer: the silence watch has already spoken by then.
    const patience = setTimeout(() => this.connection?.abort(), SILENCE_MS_MAX);
    let response: Response;
    try {
      response = await fetch(this.url, {
        headers: { accept: "text/event-stream", "last-event-id": this.lastId },
        credentials: "same-origin",
        cache: "no-store",
        signal,
      });
    } finally {
      clearTimeout(patience);
    }
    if (response.status === 401 || response.status === 403) {
      this.setState("signed-out");
      return;
    }
    if (!response.ok || !response.body) throw new Error(String(response.status));
    this.heardAt = performance.now();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.failures = 0;
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.take(event);
    }
  }

  private take(event: Sse): void {
    if (event.event === "signal") {
      this.tell({ kind: "signal", signal: JSON.parse(event.data) as Signal }); // no sign that the journal is followed
      return;
    }
    this.heardAt = performance.now();
    if (event.id !== undefined) this.lastId = event.id;
    this.setState("live");
    if (event.event === "change") {
      this.tell({ kind: "change", change: JSON.parse(event.data) as Change });
    } else if (event.event === "resync") {
      this.tell({ kind: "resync" });
    } else if (event.event === "pulse") {
      const pulse = JSON.parse(event.data) as { now: string; position: number; version?: string };
      this.tell({ kind: "pulse", now: pulse.now, position: pulse.position, version: pulse.version ?? "" });
    }
  }
}
