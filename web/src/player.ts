// <siaga-player>: listening to a recorded call. The caller is the left channel, what he hears the right one; either
// can be heard alone, in both ears. The sound comes in ranges, so that seeking costs only what is listened to.
import { handle } from "./keys";
import { audioContext } from "./sounds";
import { say } from "./status";
import { durationText } from "./timers";
import { t } from "./words";

const STEP_S = 5;

interface Mixer {
  readonly direct: readonly [GainNode, GainNode]; // caller to the left ear, taker to the right
  readonly across: readonly [GainNode, GainNode]; // caller to the right ear, taker to the left
  readonly ears: ChannelMergerNode;
}

export class PlayerElement extends HTMLElement {
  private mixer: Mixer | undefined;
  private seconds = 0;

  private get audio(): HTMLAudioElement {
    const found = this.querySelector("audio");
    if (!found) throw new Error("a player without sound");
    return found;
  }

  connectedCallback(): void {
    this.seconds = Number(this.dataset["seconds"] ?? 0);
    const { audio } = this;
    this.on("[data-player-play]", "click", () => this.toggle());
    for (const button of this.querySelectorAll<HTMLElement>("[data-player-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset["playerStep"])));
    }
    for (const button of this.querySelectorAll<HTMLElement>("[data-player-to]")) {
      button.addEventListener("click", () => this.seek(Number(button.dataset["playerTo"])));
    }
    this.on("[data-player-speed]", "change", (field) => (audio.playbackRate = Number((field as HTMLSelectElement).value)));
    this.on("[data-player-balance]", "input", () => this.mix());
    for (const radio of this.querySelectorAll("[data-player-side]")) radio.addEventListener("change", () => this.mix());
    this.on("[data-player-wave]", "click", (wave, event) => {
      const box = wave.getBoundingClientRect();
      this.seek(((event as MouseEvent).clientX - box.left) / box.width * this.seconds);
    });
    for (const name of ["timeupdate", "seeking", "seeked", "play", "pause", "ended"]) audio.addEventListener(name, () => this.draw());
    audio.addEventListener("error", () => say("problem", t("Rekaman ini tidak dapat diputar. Buka lagi pemutarnya.")));
    this.closest<HTMLElement>(".player")?.focus();
    this.draw();
  }

  disconnectedCallback(): void {
    this.querySelector("audio")?.pause();
  }

  toggle(): void {
    const { audio } = this;
    if (!audio.paused) {
      audio.pause();
      return;
    }
    this.mix();
    void audioContext().resume();
    audio.play().catch((error: unknown) => say("problem", error instanceof Error ? error.message : String(error)));
  }

  step(by: number): void {
    this.seek(this.audio.currentTime + by);
  }

  seek(second: number): void {
    this.audio.currentTime = Math.min(Math.max(0, second), this.seconds);
    this.draw();
  }

  private on(selector: string, name: string, act: (field: Element, event: Event) => void): void {
    const field = this.querySelector(selector);
    field?.addEventListener(name, (event) => act(field, event));
  }

  /** Made at the first press: a browser opens no sound before one. */
  private mixerOf(): Mixer {
    if (this.mixer) return this.mixer;
    const context = audioContext();
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    const ears = new ChannelMergerNode(context, { numberOfInputs: 2 });
    const gain = (from: number, to: number): GainNode => {
      const node = new GainNode(context);
      splitter.connect(node, from);
      node.connect(ears, 0, to);
      return node;
    };
    this.mixer = { direct: [gain(0, 0), gain(1, 1)], across: [gain(0, 1), gain(1, 0)], ears };
    new MediaElementAudioSourceNode(context, { mediaElement: this.audio }).connect(splitter);
    ears.connect(context.destination);
    return this.mixer;
  }

  private mix(): void {
    const { direct, across } = this.mixerOf();
    const side = this.querySelector<HTMLInputElement>("[data-player-side]:checked")?.value ?? "both";
    const balance = Number(this.querySelector<HTMLInputElement>("[data-player-balance]")?.value ?? 0);
    const loud = [Math.min(1, 1 - balance), Math.min(1, 1 + balance)];
    for (const [at, name] of ["caller", "taker"].entries()) {
      const heard = side === "both" || side === name;
      direct[at]!.gain.value = heard ? loud[at]! : 0;
      across[at]!.gain.value = heard && side !== "both" ? loud[at]! : 0;
    }
  }

  private draw(): void {
    const { audio } = this;
    const now = Math.min(audio.currentTime, this.seconds);
    const width = this.querySelector("svg")?.viewBox.baseVal.width ?? 0;
    const x = String((width * now) / (this.seconds || 1));
    const head = this.querySelector("[data-player-head]");
    head?.setAttribute("x1", x);
    head?.setAttribute("x2", x);
    const shown = durationText(now);
    const wave = this.querySelector("[data-player-wave]");
    wave?.setAttribute("aria-valuenow", String(Math.round(now)));
    wave?.setAttribute("aria-valuetext", shown);
    this.write("[data-player-now]", shown);
    this.write("[data-player-word]", audio.paused ? t("Putar") : t("Jeda"));
    this.dataset["player"] = audio.paused ? "paused" : "playing";
  }

  private write(selector: string, text: string): void {
    const field = this.querySelector(selector);
    if (field && field.textContent !== text) field.textContent = text;
  }
}

/** A control that has a use of its own for the key keeps it. */
function busyElsewhere(own: string): boolean {
  const active = document.activeElement;
  return active instanceof Element && active.matches(own);
}

export function startPlayer(): void {
  customElements.define("siaga-player", PlayerElement);
  const act = (own: string, what: (player: PlayerElement) => void) => (): boolean => {
    const player = document.querySelector<PlayerElement>("siaga-player");
    if (!player || busyElsewhere(own)) return false;
    what(player);
    return true;
  };
  handle("play", act("button, a, summary, input, select", (player) => player.toggle()));
  handle("seek_back", act("input, select", (player) => player.step(-STEP_S)));
  handle("seek_on", act("input, select", (player) => player.step(STEP_S)));
}
