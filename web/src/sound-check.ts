// "Uji suara": a level of twenty steps, and hearing oneself: through the call node when the headset is connected to
// it (the whole way is tested), else a recording in this browser.
import { call } from "./http";
import { audioContext } from "./sounds";
import { say } from "./status";
import { t } from "./words";
import { microphoneWords, type VoiceElement } from "./voice";

const STEPS = 20;
const FULL = 0.2; // root mean square of a loud voice close to the microphone
const DRAW_MS = 80;
const RECORD_MS = 3000;
const QUIET_STEPS = 3; // below this, speaking looks like silence to whoever listens

let own: MediaStream | undefined; // a microphone opened for this test alone
let timer: number | undefined;
let playing: HTMLAudioElement | undefined;
let current: VoiceElement | null = null;

export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const loudness = Math.sqrt(sum / Math.max(1, samples.length)) / FULL;
  return Math.min(STEPS, Math.round(Math.sqrt(loudness) * STEPS));
}

function tell(text: string): void {
  const place = document.getElementById("sound-check-words");
  if (place && place.textContent !== text) place.textContent = text;
}

export async function startSoundCheck(voice: VoiceElement | null): Promise<void> {
  const box = document.getElementById("sound-check") as HTMLDialogElement | null;
  if (!box || box.open) return;
  current = voice;
  box.showModal();
  box.querySelector<HTMLElement>("[data-hear-myself]")?.focus();
  let stream = voice?.openedMicrophone;
  if (!stream) {
    try {
      own = await navigator.mediaDevices.getUserMedia({ audio: true });
      stream = own;
    } catch (error) {
      tell(microphoneWords(error));
      return;
    }
  }
  if (!box.open) {
    stopSoundCheck();
    return;
  }
  draw(box, stream);
}

function draw(box: HTMLElement, stream: MediaStream): void {
  const meter = box.querySelector<HTMLElement>(".level");
  const audio = audioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 1024 });
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  let said = "";
  clearInterval(timer);
  tell(t("Mikrofon terbuka. Bicaralah."));
  timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const level = levelOf(samples);
    loudest = Math.max(level, loudest);
    meter?.setAttribute("aria-valuenow", String(level));
    if (meter) meter.dataset["level"] = String(level);
    const verdict = loudest > STEPS / 2 ? t("Suara Anda cukup kuat.") : loudest > QUIET_STEPS ? t("Terdengar, tetapi pelan. Dekatkan mikrofon.") : "";
    if (verdict !== said) tell(verdict); // said once, so that it does not talk over what is said later
    said = verdict;
  }, DRAW_MS);
}

/** Through the node when it can, else by a recording that stays in this browser. */
export async function hearMyself(): Promise<void> {
  if (current?.hasSound) {
    try {
      await call("POST", "/meja/suara/uji", { body: {} });
      tell(t("Anda mendengar 3 detik terakhir lewat pusat telepon."));
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    }
    return;
  }
  const stream = current?.openedMicrophone ?? own;
  if (!stream) return;
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    playing = new Audio(URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })));
    void playing.play().then(
      () => tell(t("Itu suara Anda, direkam di komputer ini.")),
      () => say("problem", t("Browser menahan suara. Klik halaman ini sekali.")),
    );
  };
  recorder.start();
  tell(t("Merekam 3 detik… bicaralah."));
  setTimeout(() => recorder.state === "recording" && recorder.stop(), RECORD_MS);
}

export function stopSoundCheck(): void {
  clearInterval(timer);
  playing?.pause();
  for (const track of own?.getTracks() ?? []) track.stop();
  own = undefined;
}
