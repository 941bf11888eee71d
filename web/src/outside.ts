// A place outside the city: whose it is, and one key (Alt+N) that gives the caller to them.
import type { Place } from "./draft";
import { call } from "./http";
import { type SheetElement } from "./sheet";
import { say } from "./status";
import { t } from "./words";

let asked = "";

function box(): HTMLElement | null {
  return document.getElementById("outside");
}

async function show(place: Place | null): Promise<void> {
  const panel = box();
  if (!panel) return;
  const isOutside = Boolean(place?.outside) && Number.isFinite(place?.lat);
  const id = document.querySelector<SheetElement>("siaga-sheet")?.callId ?? "";
  const url = place && isOutside ? `/meja/luar?lat=${place.lat}&lon=${place.lon}&call=${encodeURIComponent(id)}` : "";
  if (url === asked && panel.childElementCount > 0 === (url !== "")) return;
  asked = url;
  panel.hidden = !url;
  if (!url) {
    panel.replaceChildren();
    return;
  }
  try {
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    if (!answer.ok || asked !== url) return;
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
    panel.replaceChildren(...drawn.body.childNodes);
  } catch {
    panel.textContent = t("Di luar wilayah. Daftar tetangga tidak bisa diambil sekarang.");
  }
}

async function give(button: HTMLElement): Promise<void> {
  const neighbour = button.dataset["giveNeighbour"] ?? "";
  button.setAttribute("disabled", "");
  try {
    await call("POST", `/meja/panggilan/${button.dataset["call"]}/tetangga`, { body: { neighbour } });
    say("info", t("Penelepon disambungkan ke tetangga; panggilan dicatat sebagai luar wilayah."));
    await document.querySelector<SheetElement>("siaga-sheet")?.reload(true);
  } catch (error) {
    button.removeAttribute("disabled");
    say("problem", error instanceof Error ? error.message : String(error));
  }
}

export function startOutside(): void {
  document.addEventListener("siaga:place", (event) => void show((event as CustomEvent<Place | null>).detail));
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-give-neighbour]");
    if (button) void give(button);
  });
}
