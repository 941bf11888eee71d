// Which layers are switched on, remembered on this workstation: the next shift sits down to the same map.
import { LAYERS, type Layer } from "./map-scene";

const KEY = "siaga-map-layers";
const AT_FIRST: readonly Layer[] = ["incidents", "units", "hydrants", "health"];

export function rememberedLayers(): Set<Layer> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (Array.isArray(kept)) return new Set(LAYERS.filter((layer) => kept.includes(layer)));
  } catch {
    // forbidden or foreign storage: as at first
  }
  return new Set(AT_FIRST);
}

export function rememberLayers(layers: ReadonlySet<Layer>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...layers]));
  } catch {
    // nothing is remembered, and that is all
  }
}
