// The page's line to the journal: which panels must be fetched again, and whether what is on screen is still true.
import { meta, now, setServerTime, hourText } from "./clock";
import { refreshAll, refreshMatching, setLineState } from "./panels";
import { SILENCE_MS_MAX, Stream, type Change, type Signal, type StreamMessage, type StreamState } from "./stream";
import { heard } from "./timers";
import { setTrouble } from "./trouble";
import { t } from "./words";

type Listener = (change: Change) => void;
type SignalListener = (data: Signal["data"]) => void;

const WATCH_MS = 250; // with the silence allowed before it less than five seconds, also on a slow computer
const listeners = new Set<Listener>();
const signalled = new Map<string, readonly SignalListener[]>();
let state: StreamState = "waiting";
let heardAt = performance.now();
let lostSince = 0; // server clock, ms
let disconnect: () => void = () => undefined;

/** Calls back for every change in the journal this viewer may know of. */
export function onChange(listener: Listener): void {
  listeners.add(listener);
}

/** Calls back for every signal of this name. */
export function onSignal(name: string, listener: SignalListener): void {
  signalled.set(name, [...(signalled.get(name) ?? []), listener]);
}

export function isLive(): boolean {
  return state === "live";
}

function show(next: StreamState): void {
  const before = state;
  state = next;
  document.body.dataset["live"] = next;
  const dot = document.getElementById("liveness");
  if (dot) {
    dot.dataset["live"] = next === "live" || next === "waiting" ? next : "lost";
    dot.textContent = lineWords(next);
  }
  const fine = next === "live" || next === "waiting";
  setTrouble("line", next === "lost" ? { code: "line", words: barWords(next) } : undefined);
  setTrouble("signed-out", fine || next === "lost" ? undefined : { code: "signed-out", words: barWords(next) });
  if (before !== next) {
    setLineState(next === "live" || next === "waiting" ? undefined : lineWords(next));
    document.dispatchEvent(new CustomEvent("siaga:line", { detail: { state: next } }));
  }
}

function lineWords(next: StreamState): string {
  if (next === "live") return t("Langsung");
  if (next === "waiting") return t("Menyambung…");
  if (next === "signed-out") return t("Sesi berakhir");
  return t("TIDAK LANGSUNG sejak {time}", { time: hourText(lostSince) });
}

function barWords(next: StreamState): string {
  if (next === "signed-out") return t("Sesi berakhir. Masuk lagi di tab baru; isian di sini tetap ada.");
  const own = document.body.dataset["lostWords"]; // a screen may say what to do instead, e.g. use the radio
  return [lineWords(next), own ?? t("Angka di layar ini mungkin sudah berubah. Kami terus mencoba menyambung.")].join(" – ");
}

function lost(silentMs: number): void {
  if (state !== "lost") lostSince = now() - silentMs;
  show("lost");
}

function alive(): void {
  heardAt = performance.now();
  heard(now());
  if (state === "live") return;
  const wasLost = state === "lost";
  show("live");
  if (wasLost) refreshAll(); // what happened meanwhile comes as changes too, but a stale panel is fetched for certain
}

function take(message: StreamMessage): void {
  if (message.kind === "state") {
    if (message.state === "lost") lost(message.silentMs);
    else if (message.state === "live") alive();
    else if (message.state !== state) show(message.state);
  } else if (message.kind === "pulse") {
    setServerTime(message.now);
    alive();
    noticeVersion(message.version);
  } else if (message.kind === "change") {
    alive();
    refreshMatching(message.change);
    for (const listener of listeners) listener(message.change);
  } else if (message.kind === "signal") {
    for (const listener of signalled.get(message.signal.name) ?? []) listener(message.signal.data);
  } else if (message.kind === "resync") {
    refreshAll();
  } else if (message.position !== Number(meta("stream")?.dataset["position"])) {
    refreshAll(); // the shared line is at another position than this page: what lies between is unknown here
  }
}

function noticeVersion(version: string): void {
  const own = meta("version")?.content;
  if (!version || !own || version === own || document.body.dataset["newVersion"]) return;
  document.body.dataset["newVersion"] = version;
  document.dispatchEvent(new CustomEvent("siaga:new-version"));
}

function connect(): void {
  const where = meta("stream");
  if (!where) return;
  const url = where.content;
  const position = Number(where.dataset["position"] ?? 0);
  const workerUrl = where.dataset["worker"];
  if (workerUrl && "SharedWorker" in globalThis) {
    // The owner is part of the name: after another person signs in, her tabs never share his line.
    const worker = new SharedWorker(workerUrl, { name: `siaga ${where.dataset["owner"] ?? ""} ${url}` });
    worker.port.onmessage = (event: MessageEvent<StreamMessage>) => take(event.data);
    worker.port.postMessage({ hello: { url, position } });
    disconnect = () => worker.port.postMessage("bye");
  } else {
    const stream = new Stream(url, position, take);
    disconnect = () => stream.stop();
  }
}

export function startLive(): void {
  if (!meta("stream")) return;
  connect();
  addEventListener("pagehide", () => disconnect());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // a page from the back/forward cache shows the past
  });
  // The worker may die with its browser process; the page does not take its word for being alive.
  setInterval(() => {
    const silentMs = performance.now() - heardAt;
    if (silentMs > SILENCE_MS_MAX && state !== "signed-out" && state !== "lost") lost(silentMs);
  }, WATCH_MS);
}
