// A point somebody showed on the map becomes the sheet's place. The server names the kelurahan; when it cannot, the
// bare point is taken: where help must go does not wait for a name.
import type { Place } from "./draft";
import { call } from "./http";
import type { Point } from "./map-camera";
import type { SheetElement } from "./sheet";
import { say } from "./status";
import { t } from "./words";

const COORDINATE_DECIMALS = 6; // as the place box reads them

export function startMapPick(): void {
  document.addEventListener("siaga:map-pick", (event) => void take((event as CustomEvent<Point>).detail));
}

async function take(point: Point): Promise<void> {
  const sheet = document.querySelector<SheetElement>("siaga-sheet");
  if (!sheet) return;
  const text = `${point.lat.toFixed(COORDINATE_DECIMALS)}, ${point.lon.toFixed(COORDINATE_DECIMALS)}`;
  let place: Place = { text, lat: point.lat, lon: point.lon };
  try {
    const [named] = await call<Place[]>("GET", `/meja/dimana?q=${encodeURIComponent(text)}`);
    if (named) place = named;
  } catch {
    say("info", t("Nama tempat tidak tersedia; titik di peta tetap dipakai."));
  }
  sheet.takePlace(place);
}
