// The call bar: hold, partners, transfer, telephone keys, calls she makes, how well it sounds, and the sound test.
// The server's fragment says what is possible now; this file only presses it, by click or by key.
import { call, request } from "./http";
import { swapInside } from "./hypertext";
import { handle, onEscape } from "./keys";
import { onSignal } from "./live";
import { refresh, setState } from "./panels";
import type { SheetElement } from "./sheet";
import { hearMyself, startSoundCheck, stopSoundCheck } from "./sound-check";
import { say } from "./status";
import { t } from "./words";
import type { VoiceElement } from "./voice";

const MUTE_MEANT_MS = 10_000; // F10 right after F2; a busy server tells the bar of the conversation seconds later
const HEADSET_REPORT_MS = 600; // the node reports a headset within a few hundred milliseconds
const QUALITY_OLD_MS = 10_000; // measured every three seconds; after three that did not come it is an old figure

interface Quality {
  readonly line: string; // the call or the leg that was measured
  readonly level: string;
  readonly lost?: boolean; // the call node does not answer: nobody knows whether they hear each other
  readonly loss_percent?: number | null;
  readonly jitter_ms?: number | null;
  readonly mos?: number | null;
  readonly end?: string; // where it was measured: on the line, at her headset, or in his ear ("far")
}

function bar(): HTMLElement | null {
  return document.getElementById("call-bar");
}

function line(): DOMStringMap {
  return document.getElementById("call-line")?.dataset ?? {};
}

function voice(): VoiceElement | null {
  return document.querySelector<VoiceElement>("siaga-voice");
}

function sheet(): SheetElement | null {
  return document.querySelector<SheetElement>("siaga-sheet");
}

function dialog(id: string): HTMLDialogElement | null {
  return document.getElementById(id) as HTMLDialogElement | null;
}

async function act(path: string, body: Record<string, unknown> = {}): Promise<boolean> {
  try {
    await call("POST", path, { body });
    return true;
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    const panel = bar();
    if (panel) refresh(panel, 0);
  }
}

const SAID: Readonly<Record<string, () => string>> = {
  tahan: () => t("Penelepon ditahan."),
  lanjut: () => t("Tersambung lagi dengan penelepon."),
  gabungkan: () => t("Bertiga: semua saling mendengar."),
  serahkan: () => t("Penelepon diserahkan."),
  lepas: () => t("Pihak ketiga dilepas."),
};

async function talk(what: string): Promise<void> {
  const { call: id } = line();
  if (what === "serahkan") await sheet()?.saveNow(); // whoever takes him over reads what is typed
  if (!id || !(await act(`/meja/panggilan/${id}/${what}`))) return;
  say("done", SAID[what]?.() ?? "");
  if (what === "serahkan") await sheet()?.reload(false);
}

/** Presses what the bar offers for this key now; says so when there is nothing. */
function press(selector: string, otherwise: string): void {
  const button = bar()?.querySelector<HTMLElement>(selector);
  if (button) button.click();
  else say("info", otherwise);
}

// --- whom ---------------------------------------------------------------------------------------------------

let purpose = "call";
let incident = "";

async function choose(what: string, about = ""): Promise<void> {
  const box = dialog("partners");
  const inside = box?.querySelector<HTMLElement>("[data-inside]");
  if (!box || !inside) return;
  purpose = what;
  incident = about;
  try {
    const answer = await request("GET", `/meja/tujuan?purpose=${what}`, { accept: "text/html" });
    await swapInside(inside, await answer.text());
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
    return;
  }
  if (!box.open) box.showModal();
  box.querySelector<HTMLInputElement>("#partner-search")?.focus();
}

function filter(box: HTMLElement, typed: string): void {
  const wanted = typed.trim().toLocaleLowerCase();
  for (const item of box.querySelectorAll<HTMLElement>(".partner-list > li")) {
    item.hidden = wanted !== "" && !(item.textContent ?? "").toLocaleLowerCase().includes(wanted);
  }
}

/** Enter in the search field: the only name left, else the number that was typed. */
function typedOne(box: HTMLElement): void {
  const typed = box.querySelector<HTMLInputElement>("#partner-search")?.value.trim() ?? "";
  const shown = [...box.querySelectorAll<HTMLElement>(".partner-list > li:not([hidden]) [data-partner]")];
  const isNumber = /^(sips?:|[+\d*#(])/.test(typed);
  const only = shown[0];
  if (typed && !isNumber && only) void chosen(only.dataset["partner"] ?? "");
  else if (typed) void chosen(`number:${typed}`);
}

async function chosen(to: string): Promise<void> {
  const { call: id } = line();
  const path = { transfer: `/meja/panggilan/${id}/alih`, conference: `/meja/panggilan/${id}/bertiga`, call: "/meja/telepon" }[purpose];
  if (!path || (purpose !== "call" && !id)) return;
  const body = purpose === "call" ? { to, incident: incident || null } : { to };
  const leavesHer = purpose === "transfer";
  if (leavesHer) await sheet()?.saveNow();
  if (!(await act(path, body))) return;
  dialog("partners")?.close();
  if (leavesHer) await sheet()?.reload(false);
}

// --- keys ---------------------------------------------------------------------------------------------------

let sent = "";

function openKeypad(): void {
  const box = dialog("keypad");
  if (!box) return;
  sent = "";
  const shown = document.getElementById("keypad-sent");
  if (shown) shown.textContent = "";
  box.showModal();
}

async function pressDigit(digit: string): Promise<void> {
  sent = (sent + digit).slice(-24);
  const shown = document.getElementById("keypad-sent");
  if (shown) shown.textContent = sent;
  await act("/meja/angka", { digits: digit });
}

// --- calls she makes ----------------------------------------------------------------------------------------

/** A missed caller is rung; his sheet opens at once, so that she knows whom she calls. */
export async function callBack(id: string): Promise<void> {
  if (await act(`/meja/panggilan/${id}/telepon`)) {
    await sheet()?.reload(false);
  }
}

// --- how it sounds ------------------------------------------------------------------------------------------

function numbers(quality: Quality): string {
  const parts: string[] = [];
  if (typeof quality.loss_percent === "number") parts.push(t("hilang {n} %", { n: quality.loss_percent.toFixed(1) }));
  if (typeof quality.jitter_ms === "number") parts.push(t("jitter {n} ms", { n: Math.round(quality.jitter_ms) }));
  if (typeof quality.mos === "number") parts.push(`MOS ${quality.mos.toFixed(1)}`);
  return parts.join(" · ");
}

const LEVELS: Readonly<Record<string, () => string>> = {
  unknown: () => t("Mutu belum terukur"),
  good: () => t("Baik"),
  fair: () => t("Cukup"),
  bad: () => t("Buruk"),
};
const WHOSE: Readonly<Record<string, () => string>> = {
  headset: () => t("headset"),
  far: () => t("di telinga penelepon"),
};
let measured: Quality | undefined;
let forgetting: number | undefined;
let saidLost = false;

function hear(quality: Quality | undefined): void {
  clearTimeout(forgetting);
  measured = quality;
  if (quality) forgetting = window.setTimeout(() => hear(undefined), QUALITY_OLD_MS);
  drawQuality();
}

/** The newest figure, if it is of the conversation on the bar; no figure is better than an old one. */
function drawQuality(): void {
  const { call: id, leg, held } = line();
  const place = document.getElementById("call-quality");
  if (!place) return;
  const quality = measured && (measured.line === id || measured.line === leg) && !(held && !leg) ? measured : undefined;
  const panel = bar();
  if (panel && quality?.lost) setState(panel, "stale", t("Telepon tidak menjawab: suara mungkin tidak terdengar"));
  else if (panel && saidLost) setState(panel, "live");
  saidLost = quality?.lost === true;
  place.dataset["level"] = quality?.level ?? "unknown";
  if (!quality || quality.lost) {
    place.replaceChildren();
    return;
  }
  const whose = WHOSE[quality.end ?? ""]?.() ?? "";
  place.textContent = [LEVELS[quality.level]?.() ?? "", numbers(quality), whose].filter(Boolean).join(" · ");
}

// --- the microphone -----------------------------------------------------------------------------------------

async function toggleMute(): Promise<void> {
  const { byPhone, muted } = line();
  if (byPhone !== undefined) await act("/meja/bisu", { on: muted !== "yes" });
  else voice()?.toggleMute();
}

let talkedWith = "";

/**
 * A conversation is over, or another begins: a mute that was forgotten must not make its first words silent. One of
 * just now is meant for it: the bar hears of a conversation later than the fingers that answered it.
 */
function afterRefresh(): void {
  const { call: id, leg, byPhone } = line();
  const now = id || leg || "";
  const mutedMs = voice()?.mutedMs ?? 0;
  const forgotten = now !== talkedWith && (talkedWith !== "" || mutedMs > MUTE_MEANT_MS);
  if (forgotten && byPhone === undefined) voice()?.unmute();
  if (id && id !== talkedWith) sheet()?.expectCall(id); // a colleague has handed him over
  talkedWith = now;
  voice()?.useDeskPhone(byPhone !== undefined);
  drawMute();
  drawQuality();
}

function drawMute(): void {
  const button = bar()?.querySelector<HTMLElement>("[data-mute]");
  if (button && line()["byPhone"] === undefined) {
    button.setAttribute("aria-pressed", String(voice()?.isMuted === true));
  }
}

function clicked(target: Element): void {
  const is = (selector: string) => target.closest<HTMLElement>(selector);
  const talking = is("[data-talk]");
  if (talking) void talk(talking.dataset["talk"] ?? "");
  const choosing = is("[data-choose]");
  if (choosing) void choose(choosing.dataset["choose"] ?? "call", choosing.dataset["incident"] ?? "");
  const partner = is("[data-partner]");
  if (partner) void chosen(partner.dataset["partner"] ?? "");
  if (is("[data-keypad]")) openKeypad();
  const digit = is("[data-digit]");
  if (digit) void pressDigit(digit.dataset["digit"] ?? "");
  if (is("[data-mute]")) void toggleMute();
  const leg = is("[data-hang-up-leg]")?.dataset["hangUpLeg"];
  if (leg) void act(`/meja/sambungan/${leg}/tutup`);
  const back = is("[data-call-back]")?.dataset["callBack"];
  if (back) void callBack(back);
  if (is("[data-hear-myself]")) void hearMyself();
  if (is("[data-sound-check]")) void startSoundCheck(voice());
  is("[data-close-dialog]")?.closest("dialog")?.close();
}

function bindKeys(): void {
  handle("hold", () => press("[data-talk=tahan], [data-talk=lanjut]", t("Tidak ada penelepon untuk ditahan.")));
  handle("transfer", () => press("[data-talk=serahkan], [data-choose=transfer]", t("Tidak ada penelepon untuk dialihkan.")));
  handle("conference", () =>
    press("[data-talk=gabungkan], [data-talk=lepas], [data-choose=conference]", t("Tidak ada penelepon untuk bicara bertiga.")),
  );
  handle("keypad", () => press("[data-keypad]", t("Tidak ada yang tersambung.")));
  handle("call_out", () => press("[data-choose=call]", t("Selesaikan dulu percakapan ini, atau tekan Mulai terima.")));
  handle("sound_check", () => void startSoundCheck(voice())); // also where no bar is: the supervisor's room
  handle("mute", () => void toggleMute());
  onEscape(() => {
    const open = document.querySelector<HTMLDialogElement>("dialog.call-dialog[open]");
    open?.close();
    return open !== null;
  });
}

export function startCallBar(): void {
  bindKeys();
  document.addEventListener("click", (event) => clicked(event.target as Element));
  document.addEventListener("siaga:panel", (event) => {
    if ((event.target as Element).id === "call-bar") afterRefresh();
  });
  document.addEventListener("siaga:voice", () => {
    drawMute();
    // The journal does not tell of headsets; the panels that show them look again when ours has changed.
    for (const id of ["talks", "seats"]) {
      const panel = document.getElementById(id);
      if (panel) refresh(panel, HEADSET_REPORT_MS);
    }
  });
  const partners = dialog("partners");
  partners?.addEventListener("input", (event) => filter(partners, (event.target as HTMLInputElement).value));
  partners?.addEventListener("submit", (event) => {
    event.preventDefault();
    typedOne(partners);
  });
  dialog("keypad")?.addEventListener("keydown", (event) => {
    if (/^[0-9*#]$/.test(event.key)) {
      event.preventDefault();
      void pressDigit(event.key);
    }
  });
  dialog("sound-check")?.addEventListener("close", stopSoundCheck);
  onSignal("quality", (data) => hear(data as unknown as Quality));
}
