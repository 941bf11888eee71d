// Sounds, made here and not loaded. Whatever they say is also on the screen. An element with data-sound asks for
// one: data-sound="ring" rings while the element is there, the others sound once per data-sound-key.
import { say } from "./status";
import { t } from "./words";

type Tone = readonly [hertz: number, atSeconds: number, lengthSeconds: number];

// Four timbres that can be told apart through a room: ring (pair of beats), two tones (critical), one, and a chime.
const SOUNDS: Readonly<Record<string, readonly Tone[]>> = {
  ring: [[440, 0, 0.4], [480, 0, 0.4], [440, 0.6, 0.4], [480, 0.6, 0.4]],
  "two-tone": [[880, 0, 0.25], [660, 0.3, 0.25], [880, 0.6, 0.25], [660, 0.9, 0.25]],
  single: [[740, 0, 0.3]],
  chime: [[660, 0, 0.2], [990, 0.18, 0.35]],
};
const RING_EVERY_MS = 2000;
const RING_LOUDER_AFTER_MS = 6000; // a call nobody takes becomes louder
const VOLUME = 0.25;
const VOLUME_LOUD = 0.6;
const EDGE_S = 0.015; // fades without a click

let context: AudioContext | undefined;
let ringTimer: number | undefined;
let ringSince = 0;
const heardKeys = new Set<string>();

export function audioContext(): AudioContext {
  context ??= new AudioContext();
  return context;
}

export function play(name: string, loud = false): void {
  const tones = SOUNDS[name];
  const audio = audioContext();
  if (!tones || audio.state !== "running") return;
  const start = audio.currentTime + 0.02;
  const level = loud ? VOLUME_LOUD : VOLUME;
  for (const [hertz, at, length] of tones) {
    const gain = new GainNode(audio, { gain: 0 });
    gain.gain.setValueAtTime(0, start + at);
    gain.gain.linearRampToValueAtTime(level, start + at + EDGE_S);
    gain.gain.setValueAtTime(level, start + at + length - EDGE_S);
    gain.gain.linearRampToValueAtTime(0, start + at + length);
    const tone = new OscillatorNode(audio, { frequency: hertz });
    tone.connect(gain).connect(audio.destination);
    tone.start(start + at);
    tone.stop(start + at + length);
  }
}

function ringOn(): void {
  if (ringTimer !== undefined) return;
  ringSince = performance.now();
  const once = () => play("ring", performance.now() - ringSince > RING_LOUDER_AFTER_MS);
  once();
  ringTimer = window.setInterval(once, RING_EVERY_MS);
}

function ringOff(): void {
  clearInterval(ringTimer);
  ringTimer = undefined;
}

export function followSounds(first = false): void {
  const wanted = [...document.querySelectorAll<HTMLElement>("[data-sound]")];
  if (wanted.some((element) => element.dataset["sound"] === "ring")) ringOn();
  else ringOff();
  for (const element of wanted) {
    const name = element.dataset["sound"] ?? "";
    const key = `${name} ${element.dataset["soundKey"] ?? ""}`;
    if (name === "ring" || heardKeys.has(key)) continue;
    heardKeys.add(key);
    if (!first) play(name);
  }
}

/** Browsers keep a page silent until somebody touches it; say so instead of failing to ring. */
function unlock(): void {
  const audio = audioContext();
  const note = document.getElementById("sound-note");
  const show = () => {
    if (note) note.hidden = audio.state === "running";
  };
  audio.addEventListener("statechange", show);
  const wake = () => void audio.resume();
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);
  show();
}

export function startSounds(): void {
  if (!("AudioContext" in globalThis)) return;
  unlock();
  followSounds(true);
  document.addEventListener("siaga:panel", () => followSounds());
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-try-sound]");
    if (!button) return;
    void audioContext().resume().then(() => {
      play(button.dataset["trySound"] ?? "ring");
      say("info", t("Uji bunyi: bila tidak terdengar, periksa pengeras suara komputer ini."));
    });
  });
}
