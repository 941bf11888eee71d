// <siaga-voice>: the audio leg of this seat. It stays up for the whole shift, so that answering costs no set-up.
// Only one tab of a browser holds it; when it fails it says why, and what to do, in words for a call taker.
import { call, csrfToken } from "./http";
import { handle } from "./keys";
import { meterLevel } from "./meter";
import { audioContext } from "./sounds";
import { say } from "./status";
import { t } from "./words";

type VoiceState = "off" | "connecting" | "on" | "muted" | "failed" | "elsewhere" | "phone";

const GATHER_MS = 1000; // host addresses come at once; a stuck one must not hold up the rest
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const METER_MS = 100;
// The node's media process reports every 1.5 s at the latest, also when nobody speaks. The browser itself notices a
// dead one only after half a minute, and her caller is given to somebody else after eight seconds.
const SILENCE_MS_MAX = 3000;
const WATCH_MS = 500;

export class VoiceElement extends HTMLElement {
  private connection: RTCPeerConnection | undefined;
  private microphone: MediaStream | undefined;
  private muted = false;
  private mutedAt = 0; // performance.now()
  private failures = 0;
  private wanted = false;
  private retryTimer: number | undefined;
  private meterTimer: number | undefined;
  private watchTimer: number | undefined;
  private releaseLock: (() => void) | undefined;

  connectedCallback(): void {
    this.querySelector("[data-voice-act]")?.addEventListener("click", () => this.act());
    document.addEventListener("click", (event) => {
      if ((event.target as Element).closest("[data-voice-start]")) void this.start();
    });
    handle("mute", () => this.toggleMute());
    addEventListener("pagehide", () => this.leave());
    this.show("off");
    if (this.dataset["duty"] === "phone") this.show("phone");
    if (this.dataset["duty"] === "on") void this.startIfAllowed();
  }

  /** After a reload on duty: come back without asking, when the browser already allowed the microphone. */
  private async startIfAllowed(): Promise<void> {
    try {
      const status = await navigator.permissions.query({ name: "microphone" as PermissionName });
      if (status.state === "granted") await this.start();
    } catch {
      // this browser cannot tell; the button asks
    }
  }

  private act(): void {
    if (this.dataset["voice"] === "on" || this.dataset["voice"] === "muted") this.toggleMute();
    else void this.start();
  }

  /** The microphone this seat speaks with, when it is open: a sound test must not open it twice. */
  get openedMicrophone(): MediaStream | undefined {
    return this.microphone;
  }

  get isMuted(): boolean {
    return this.muted;
  }

  /** Sound flows between this browser and the call node. */
  get hasSound(): boolean {
    return this.connection?.connectionState === "connected";
  }

  /** A desk telephone is this seat's sound: two connections of one seat would throw each other out. */
  useDeskPhone(on: boolean): void {
    if (on && this.dataset["voice"] !== "phone") {
      this.wanted = false;
      clearTimeout(this.retryTimer);
      this.connection?.close();
      this.connection = undefined;
      this.show("phone");
    } else if (!on && this.dataset["voice"] === "phone") {
      this.show("off");
    }
  }

  async start(): Promise<void> {
    if (this.dataset["voice"] === "phone") return;
    if (this.wanted && this.connection) return;
    this.wanted = true;
    clearTimeout(this.retryTimer);
    if (!(await this.takeLock())) {
      this.show("elsewhere");
      return;
    }
    this.show("connecting");
    try {
      this.microphone ??= await openMicrophone();
    } catch (error) {
      this.fail(microphoneWords(error));
      return;
    }
    await this.connect();
  }

  /** The lock is the browser's: it is free again when the tab that holds it is closed or crashes. */
  private takeLock(): Promise<boolean> {
    if (this.releaseLock || !("locks" in navigator)) return Promise.resolve(true);
    return new Promise((answer) => {
      void navigator.locks.request("siaga-voice", { ifAvailable: true }, (lock) => {
        answer(lock !== null);
        if (!lock) return undefined;
        return new Promise<void>((release) => {
          this.releaseLock = release;
        });
      });
    });
  }

  private async connect(): Promise<void> {
    const microphone = this.microphone;
    if (!microphone) return;
    this.connection?.close();
    const connection = new RTCPeerConnection();
    this.connection = connection;
    for (const track of microphone.getAudioTracks()) {
      track.enabled = !this.muted;
      track.onended = () => this.fail(t("Mikrofon dicabut. Pasang lagi, lalu tekan Sambungkan."));
      connection.addTrack(track, microphone);
    }
    preferPcma(connection);
    connection.ontrack = (event) => this.hear(event.streams[0] ?? new MediaStream([event.track]));
    connection.onconnectionstatechange = () => this.stateChanged(connection);
    try {
      await connection.setLocalDescription(await connection.createOffer());
      await gathered(connection);
      const { type, sdp } = connection.localDescription ?? {};
      const answer = await call<RTCSessionDescriptionInit>("POST", "/meja/suara", { body: { type, sdp } });
      await connection.setRemoteDescription(answer);
    } catch (error) {
      if (connection === this.connection) this.again(error instanceof Error ? error.message : String(error));
    }
  }

  private stateChanged(connection: RTCPeerConnection): void {
    if (connection !== this.connection) return;
    if (connection.connectionState === "connected") {
      this.failures = 0;
      this.show(this.muted ? "muted" : "on");
      this.startMeter();
      this.watch(connection);
    } else if (connection.connectionState === "failed" || connection.connectionState === "closed") {
      this.again(t("Sambungan suara putus."));
    }
  }

  /** Connects again when nothing at all has come from the node for too long. */
  private watch(connection: RTCPeerConnection): void {
    clearInterval(this.watchTimer);
    let bytes = -1;
    let changedAt = performance.now();
    this.watchTimer = window.setInterval(async () => {
      const known = await bytesReceived(connection);
      if (connection !== this.connection) return;
      if (known !== bytes) {
        bytes = known;
        changedAt = performance.now();
      } else if (performance.now() - changedAt > SILENCE_MS_MAX) this.again(t("Sambungan suara putus."));
    }, WATCH_MS);
  }

  private again(reason: string): void {
    clearInterval(this.watchTimer);
    this.connection?.close();
    this.connection = undefined;
    if (!this.wanted) return;
    const pause = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)] ?? 8000;
    this.show("failed", `${reason} ${t("Mencoba lagi.")}`);
    clearTimeout(this.retryTimer);
    this.retryTimer = window.setTimeout(() => void this.connect(), pause);
  }

  private hear(stream: MediaStream): void {
    const audio = this.querySelector("audio");
    if (!audio) return;
    audio.srcObject = stream;
    void audio.play().catch(() => {
      this.show("failed", t("Browser menahan suara. Klik halaman ini sekali."));
      addEventListener("pointerdown", () => void audio.play().then(() => this.show(this.muted ? "muted" : "on")), { once: true });
    });
  }

  unmute(): void {
    if (this.muted) this.toggleMute();
  }

  /** How long the microphone has been muted, in milliseconds; 0 when it is not. */
  get mutedMs(): number {
    return this.muted ? performance.now() - this.mutedAt : 0;
  }

  toggleMute(): void {
    if (!this.connection) return;
    this.muted = !this.muted;
    this.mutedAt = performance.now();
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !this.muted;
    this.show(this.muted ? "muted" : "on");
  }

  private fail(words: string): void {
    this.wanted = false;
    this.connection?.close();
    this.connection = undefined;
    this.microphone = undefined;
    this.releaseLock?.();
    this.releaseLock = undefined;
    this.show("failed", words);
    say("problem", words);
  }

  private leave(): void {
    if (!this.connection) return;
    this.connection.close();
    // keepalive: the page is going away, the request is not
    void fetch("/meja/suara", { method: "DELETE", keepalive: true, credentials: "same-origin", headers: { "x-csrftoken": csrfToken() } });
  }

  private show(state: VoiceState, words?: string): void {
    this.dataset["voice"] = state === "elsewhere" ? "off" : state;
    this.dispatchEvent(new CustomEvent("siaga:voice", { bubbles: true }));
    const line = this.querySelector(".voice-words");
    if (line) line.textContent = words ?? wordsOf(state);
    const button = this.querySelector<HTMLButtonElement>("[data-voice-act]");
    if (button) {
      const barHasIt = document.getElementById("call-bar") !== null; // one mute on a desk: that of the call bar
      button.hidden = state === "connecting" || state === "phone" || (barHasIt && (state === "on" || state === "muted"));
      button.textContent = state === "on" ? t("Bisukan F10") : state === "muted" ? t("Bunyikan F10") : t("Sambungkan");
    }
  }

  private startMeter(): void {
    clearInterval(this.meterTimer);
    const meter = this.querySelector<HTMLElement>(".meter");
    if (!meter || !this.microphone) return;
    const audio = audioContext();
    const analyser = new AnalyserNode(audio, { fftSize: 512 });
    audio.createMediaStreamSource(this.microphone).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.meterTimer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      meter.dataset["level"] = String(this.muted ? 0 : meterLevel(samples));
    }, METER_MS);
  }
}

function wordsOf(state: VoiceState): string {
  return {
    off: t("Suara belum tersambung"),
    connecting: t("Menyambungkan suara…"),
    on: t("Suara tersambung"),
    muted: t("MIKROFON BISU"),
    failed: t("Suara gagal"),
    elsewhere: t("Suara dipegang tab lain di komputer ini"),
    phone: t("Suara lewat pesawat telepon"),
  }[state];
}

async function openMicrophone(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException("", "InsecureContext");
  return navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
}

/** Why there is no microphone, and what a call taker can do about it. */
export function microphoneWords(error: unknown): string {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "InsecureContext") {
    return t("Browser hanya memberi mikrofon pada alamat https atau localhost. Buka halaman ini dengan alamat https.");
  }
  if (name === "NotAllowedError" || name === "SecurityError") {
    return t("Mikrofon tidak diizinkan. Klik gambar gembok di kiri alamat, izinkan Mikrofon, lalu tekan Sambungkan.");
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") {
    return t("Mikrofon tidak ditemukan. Pasang headset, lalu tekan Sambungkan.");
  }
  if (name === "NotReadableError" || name === "AbortError") {
    return t("Mikrofon dipakai program lain. Tutup program itu, lalu tekan Sambungkan.");
  }
  return t("Mikrofon gagal dibuka ({reason}).", { reason: name || String(error) });
}

/** G.711 A-law first: the telephone side speaks it, so nothing is transcoded, and it costs half of Opus. */
export function preferPcma(connection: RTCPeerConnection): void {
  const codecs = RTCRtpReceiver.getCapabilities?.("audio")?.codecs ?? [];
  const isPcma = (codec: { mimeType: string }) => codec.mimeType.toLowerCase() === "audio/pcma";
  const ordered = [...codecs.filter(isPcma), ...codecs.filter((codec) => !isPcma(codec))];
  for (const transceiver of connection.getTransceivers()) {
    try {
      if (ordered.length) transceiver.setCodecPreferences(ordered);
    } catch {
      // an old browser keeps its own order; the call works, it only costs more
    }
  }
}

/** Everything that has come over this connection so far, control packets included. */
async function bytesReceived(connection: RTCPeerConnection): Promise<number> {
  let total = 0;
  for (const one of (await connection.getStats()).values()) {
    if (one.type === "candidate-pair") total += one.bytesReceived ?? 0;
  }
  return total;
}

export function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(done, GATHER_MS);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      done();
    });
  });
}
