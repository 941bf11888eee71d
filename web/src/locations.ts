// Where the caller is said to be: rows that age, circles for the map, one key to take one, F8 to ask by text, Alt+R to ask
// the network. Nothing here writes the place by itself: only her key or click does.
import { now } from "./clock";
import type { Place } from "./draft";
import { call } from "./http";
import { handle } from "./keys";
import { refresh } from "./panels";
import type { SheetElement } from "./sheet";
import { say } from "./status";
import { t } from "./words";

/** One circle of the map; `at` as ISO text. */
export interface Circle {
  readonly id?: string;
  readonly lat: number;
  readonly lon: number;
  readonly accuracy_m: number | null;
  readonly at: string;
  readonly source: string;
}

const METRES_PER_DEGREE = 111_195; // the sphere of domain/place.py
const FAR_M = 2000; // domain/caller_location.py: FAR_METRES
let asksAgain: number | undefined;
let place: { lat: number; lon: number } | null = null;

/** Metres a point lies outside a circle; 0 inside. */
export function metresOutside(point: { lat: number; lon: number }, circle: { lat: number; lon: number; accuracy_m: number | null }): number {
  const shrink = Math.cos((((point.lat + circle.lat) / 2) * Math.PI) / 180);
  const apart = METRES_PER_DEGREE * Math.hypot(circle.lat - point.lat, (circle.lon - point.lon) * shrink);
  return Math.max(0, apart - (circle.accuracy_m ?? 0));
}

function panel(): HTMLElement | null {
  return document.getElementById("locations");
}

function sheet(): SheetElement | null {
  return document.querySelector<SheetElement>("siaga-sheet");
}

function refreshPanel(): void {
  const shown = panel();
  if (shown) refresh(shown, 0);
}

/** "140 m dari lingkaran", and amber when it cannot be the same town. */
function drawDistances(): void {
  for (const row of panel()?.querySelectorAll<HTMLElement>("[data-location]") ?? []) {
    const line = row.querySelector<HTMLElement>("[data-apart]");
    if (!line) continue;
    if (!place) {
      line.textContent = "";
      line.classList.remove("location-far");
      continue;
    }
    const accuracy = row.dataset["accuracy"];
    const metres = metresOutside(place, { lat: Number(row.dataset["lat"]), lon: Number(row.dataset["lon"]), accuracy_m: accuracy ? Number(accuracy) : null });
    const far = metres > FAR_M;
    line.classList.toggle("location-far", far);
    line.textContent = far
      ? `▲ ${t("{km} km dari yang disebut: cek ulang kota", { km: (metres / 1000).toFixed(1).replace(".", ",") })}`
      : metres ? t("yang disebut {metres} m dari lingkaran", { metres: Math.round(metres) }) : t("yang disebut ada di dalam lingkaran");
  }
}

/** A fix grows old while nobody fetches anything. */
function drawStale(): void {
  for (const row of panel()?.querySelectorAll<HTMLElement>("[data-location]") ?? []) {
    const age = (now() - Date.parse(row.dataset["staleAt"] ?? "")) / 1000;
    row.classList.toggle("location-stale", age > Number(row.dataset["staleSeconds"]));
  }
}

function circles(): Circle[] {
  const inline = panel()?.querySelector("script[data-circles]")?.textContent;
  return inline ? (JSON.parse(inline) as Circle[]) : [];
}

function drawn(): void {
  const found = circles();
  document.dispatchEvent(new CustomEvent<Circle[]>("siaga:circles", { detail: found }));
  const form = sheet();
  if (form) form.callerAt = found[0];
  drawDistances();
  drawStale();
  drawAskButton();
  const wait = Number(panel()?.querySelector<HTMLElement>("[data-link-wait]")?.dataset["linkWait"] ?? 0);
  clearTimeout(asksAgain);
  if (wait) asksAgain = window.setTimeout(() => refreshPanel(), wait * 1000); // the next text may be sent then
}

function callHere(): string | undefined {
  return panel()?.querySelector<HTMLElement>("[data-location-call]")?.dataset["locationCall"] ?? document.getElementById("call-now")?.dataset["call"];
}

/** The button says why it cannot, before she presses it. */
function drawAskButton(): void {
  const reason = panel()?.querySelector<HTMLElement>("[data-link-reason]")?.dataset["linkReason"] ?? "";
  for (const button of document.querySelectorAll<HTMLElement>("[data-ask-location]")) {
    button.setAttribute("aria-disabled", String(reason !== ""));
    button.title = reason;
  }
}

async function order(path: string): Promise<void> {
  const id = callHere();
  if (!id) {
    say("problem", t("Tidak ada panggilan di lembar ini."));
    return;
  }
  try {
    const answer = await call<{ words?: string }>("POST", `/meja/panggilan/${id}/lokasi/${path}`, { body: {} });
    if (answer.words) say("info", answer.words);
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  }
  refreshPanel();
}

async function adopt(id: string | undefined): Promise<void> {
  const form = sheet();
  if (!id || !form?.sheetId) {
    say("problem", t("Belum ada lokasi penelepon yang bisa dipakai."));
    return;
  }
  try {
    const found = await call<Place>("POST", `/meja/lokasi/${id}/pakai`, { body: {} });
    form.takePlace(found);
    say("done", t("Lokasi penelepon dipakai sebagai Di mana."));
  } catch (error) {
    say("problem", error instanceof Error ? error.message : String(error));
  }
  refreshPanel();
}

export function startLocations(): void {
  if (!panel()) return;
  handle("ask_location", () => void order("minta"));
  handle("rebid", () => void order("ulang"));
  handle("adopt_location", () => void adopt(panel()?.querySelector<HTMLElement>("[data-adopt]")?.dataset["adopt"]));
  document.addEventListener("siaga:place", (event) => {
    place = (event as CustomEvent<{ lat: number; lon: number } | null>).detail;
    drawDistances();
  });
  document.addEventListener("siaga:sheet", refreshPanel);
  document.addEventListener("siaga:panel", (event) => {
    if ((event.target as HTMLElement).id === "locations") drawn();
    else if ((event.target as HTMLElement).id === "strip") drawAskButton();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const taken = target.closest<HTMLElement>("[data-adopt]");
    if (taken) void adopt(taken.dataset["adopt"]);
    if (target.closest("[data-rebid]")) void order("ulang");
    const asked = target.closest<HTMLElement>("[data-ask-location]");
    if (asked) void (asked.getAttribute("aria-disabled") === "true" ? say("problem", asked.title) : order("minta"));
  });
  setInterval(drawStale, 1000);
}
