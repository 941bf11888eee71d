// The proposals of *Di mana*: what was found, where that is, how far from the caller's circle, and whether it is sure.
import type { Place } from "./draft";
import { element } from "./parts";
import { t } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const ICONS: Readonly<Record<string, string>> = {
  jalan: "road", gang: "road", km: "road", simpang: "road",
  kelurahan: "flag", kecamatan: "flag", kampung: "flag", desa: "flag", dusun: "flag",
  "rumah sakit": "hospital", klinik: "hospital", puskesmas: "hospital", apotek: "hospital",
  stasiun: "train", perlintasan: "train", pelabuhan: "ferry", dermaga: "ferry",
  "kantor polisi": "police", sekolah: "building", kampus: "building", kantor: "building", "kantor pemerintah": "building",
  gedung: "building", mal: "building", pasar: "building", hotel: "building", arah: "route", antara: "route",
  taman: "tree", tautan: "alert", "RT/RW": "alert",
};

export interface Circle {
  readonly lat: number;
  readonly lon: number;
  readonly accuracy_m?: number | null;
}

/** The address that proposes places for what was typed, near the caller's circle if one is known. */
export function placeUrl(text: string, near: Circle | undefined): string {
  const circle = near ? `&lat=${near.lat}&lon=${near.lon}${near.accuracy_m ? `&m=${near.accuracy_m}` : ""}` : "";
  return `/meja/dimana?q=${encodeURIComponent(text)}${circle}`;
}

/** One line of the list: a sign for its kind, its name, and the rest in words. */
export function drawPlace(item: Place, icons: string): (Node | string)[] {
  const words = element("span", "secondary cut", placeWords(item));
  const drawn: (Node | string)[] = [sign(item.kind ?? "", icons), element("b", "cut", item.text), words];
  if (item.unverified) drawn.push(element("span", "doubt", `? ${t("belum dipastikan")}`));
  return drawn;
}

/** Where a place is and what is known of it, in one line. */
export function placeWords(place: Place): string {
  const area = [place.kelurahan, place.kecamatan].filter(Boolean).join(", ");
  const note = place.unverified ? null : place.note; // the mark says it
  return [area, place.kind, place.more, place.away, note].filter(Boolean).join(" · ");
}

function sign(kind: string, icons: string): Node {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${icons}#${ICONS[kind] ?? "map-pin"}`);
  svg.append(use);
  return svg;
}
