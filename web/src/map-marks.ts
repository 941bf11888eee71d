// The signs of the map as pictures, drawn from the page's own colours: shape and letters carry the meaning, colour helps.
import type { Palette } from "./map-style";
import { FONT } from "./map-style";
import { PRIORITY_SIGNS } from "./map-scene";

const TEXT_PX = 12;
const HIGH = 18;
const SIDE = 5;

/** ◆24 on the priority's colour; the chosen one with a second frame. */
export function incidentImage(priority: number, number: string, chosen: boolean, palette: Palette, ratio: number): ImageData {
  const colour = palette[`p${priority}-bg`] ?? palette["p4-bg"]!;
  return chipOf(`${PRIORITY_SIGNS[priority - 1] ?? "○"}${number}`, colour, palette[`p${priority}-fg`] ?? "white", palette["map-halo"]!, ratio, chosen ? palette["focus"] : undefined);
}

/** DMK1 JL; hollow when only the post is known. */
export function chipImage(label: string, status: string, sure: boolean, palette: Palette, ratio: number): ImageData {
  const name = status === "RS" ? "bw" : status.toLowerCase();
  const colour = palette[`u-${name}-bg`] ?? palette["map-edge"]!;
  const letters = palette[`u-${name}-fg`] ?? palette["tx-1"]!;
  if (sure) return chipOf(label, colour, letters, palette["map-halo"]!, ratio);
  return chipOf(label, palette["bg-1"]!, palette["tx-1"]!, colour, ratio, undefined, true);
}

export function placeImage(palette: Palette, ratio: number): ImageData {
  return chipOf("◆ TKP", palette["p1-bg"]!, palette["p1-fg"]!, palette["focus"]!, ratio);
}

/** H for a hydrant, + for health, ! for a hazard. */
export function spotImage(layer: string, palette: Palette, ratio: number): ImageData {
  const sign = { hydrants: "H", health: "+" }[layer] ?? "!";
  const colour = { hydrants: palette["map-hydrant"], health: palette["map-health"] }[layer] ?? palette["map-hazard"];
  return chipOf(sign, palette["bg-1"]!, colour!, colour!, ratio, undefined, true, 15);
}

function chipOf(text: string, ground: string, letters: string, edge: string, ratio: number, ring?: string, thick = false, high = HIGH): ImageData {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const font = `700 ${TEXT_PX * ratio}px "${FONT}", sans-serif`;
  pen.font = font;
  const margin = ring ? 3 : 0;
  const wide = Math.max(high, Math.ceil(pen.measureText(text).width / ratio) + 2 * SIDE - (text.length === 1 ? 6 : 0));
  canvas.width = Math.ceil((wide + 2 * margin) * ratio);
  canvas.height = Math.ceil((high + 2 * margin) * ratio);
  pen.scale(ratio, ratio);
  if (ring) {
    pen.fillStyle = ring;
    pen.fillRect(0, 0, wide + 2 * margin, high + 2 * margin);
  }
  pen.fillStyle = edge;
  pen.fillRect(margin, margin, wide, high);
  const inner = thick ? 2 : 1;
  pen.fillStyle = ground;
  pen.fillRect(margin + inner, margin + inner, wide - 2 * inner, high - 2 * inner);
  pen.font = `700 ${TEXT_PX}px "${FONT}", sans-serif`;
  pen.fillStyle = letters;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, margin + wide / 2, margin + high / 2 + 0.5);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
