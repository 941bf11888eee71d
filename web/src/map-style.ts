// How the ground looks, in the colours of the page. Calm on purpose: what moves must be what is seen.
import type * as GeoJSON from "geojson";
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Ground } from "./map-scene";

export const FONT = "Atkinson Hyperlegible Next Variable";

export type Palette = Readonly<Record<string, string>>;

const NAMES = [
  "map-land", "map-water", "map-green", "map-field", "map-work", "map-road", "map-road-major", "map-road-highway", "map-case",
  "map-building", "map-label", "map-halo", "map-edge", "map-hydrant", "map-health", "map-hazard", "bg-1", "bg-2", "tx-1", "focus",
  "warn-tx", "link", "p1-bg", "p1-fg", "p2-bg", "p2-fg", "p3-bg", "p3-fg", "p4-bg", "p4-fg",
  ...["sd", "dt", "jl", "tb", "bw", "kb", "ts"].flatMap((code) => [`u-${code}-bg`, `u-${code}-fg`]),
];

/** The colours as the page has them now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

type Width = readonly [number, number][]; // zoom, pixels

/** A line's width by zoom. The style's own type for such a formula cannot be built from a list, hence the claim. */
function wide(stops: Width, more = 0): number {
  const formula: unknown = ["interpolate", ["exponential", 1.5], ["zoom"], ...stops.flatMap(([zoom, pixels]) => [zoom, pixels + more])];
  return formula as number;
}

const ROADS: readonly { readonly kinds: readonly string[]; readonly colour: string; readonly width: Width; readonly from: number }[] = [
  { kinds: ["path"], colour: "map-case", width: [[14, 0.5], [18, 2]], from: 14 },
  { kinds: ["service"], colour: "map-road", width: [[14, 0.6], [18, 5]], from: 14 },
  { kinds: ["minor"], colour: "map-road", width: [[12, 0.5], [15, 2.5], [18, 12]], from: 12 },
  { kinds: ["medium"], colour: "map-road", width: [[11, 0.7], [15, 4], [18, 16]], from: 11 },
  { kinds: ["major"], colour: "map-road-major", width: [[8, 0.7], [13, 2.5], [18, 20]], from: 8 },
  { kinds: ["highway"], colour: "map-road-highway", width: [[8, 1], [13, 3.5], [18, 24]], from: 8 },
];

export function groundStyle(ground: Ground, palette: Palette, pageUrl: string): StyleSpecification {
  const colour = (name: string) => palette[name] ?? "gray";
  const tiles = ground.basemap !== null;
  const roads = tiles ? { source: "tiles", "source-layer": "roads" } : { source: "roads" };
  const layers: LayerSpecification[] = [{ id: "land", type: "background", paint: { "background-color": colour("map-land") } }];
  if (tiles) layers.push(...tileAreas(colour));
  if (tiles || ground.roads) {
    for (const part of ["case", "fill"] as const) {
      for (const { kinds, colour: name, width, from } of ROADS) {
        layers.push({
          id: `road-${part}-${kinds[0]}`, type: "line", ...roads, minzoom: from,
          filter: ["in", ["get", "kind"], ["literal", [...kinds]]],
          layout: { "line-cap": "round", "line-join": "round" },
          paint: { "line-color": colour(part === "case" ? "map-case" : name), "line-width": wide(width, part === "case" ? 1.2 : 0) },
        });
      }
    }
  }
  layers.push(
    { id: "edge-kelurahan", type: "line", source: "outlines", filter: ["==", ["get", "level"], "kelurahan"], minzoom: 11, paint: { "line-color": colour("map-edge"), "line-width": 1, "line-dasharray": [3, 3], "line-opacity": 0.6 } },
    { id: "edge-kecamatan", type: "line", source: "outlines", filter: ["==", ["get", "level"], "kecamatan"], paint: { "line-color": colour("map-edge"), "line-width": 1.6 } },
  );
  if (tiles || ground.roads) layers.push(label("road-name", roads, 13, colour, { "symbol-placement": "line", "text-field": ["get", "name"], "text-size": 11 }));
  if (tiles) {
    layers.push(
      label("poi-name", { source: "tiles", "source-layer": "pois" }, 15, colour, { "text-field": ["get", "name"], "text-size": 11, "text-max-width": 8 }),
      label("place-name", { source: "tiles", "source-layer": "places" }, 8, colour, { "text-field": ["get", "name"], "text-size": ["match", ["get", "kind"], ["city", "town"], 15, 12], "text-max-width": 8 }),
    );
  } else {
    layers.push(label("town-name", { source: "towns" }, 10, colour, { "text-field": ["get", "name"], "text-size": 12, "text-max-width": 8 }));
  }
  return { version: 8, sources: sourcesOf(ground, pageUrl), layers };
}

function tileAreas(colour: (name: string) => string): LayerSpecification[] {
  const from = (layer: string) => ({ source: "tiles", "source-layer": layer });
  const polygons = ["==", ["geometry-type"], "Polygon"] as unknown as ["==", string, string];
  return [
    { id: "landuse", type: "fill", ...from("landuse"), paint: { "fill-color": ["match", ["get", "kind"], "green", colour("map-green"), "field", colour("map-field"), "wet", colour("map-water"), "work", colour("map-work"), colour("map-land")] } },
    { id: "water", type: "fill", ...from("water"), filter: polygons, paint: { "fill-color": colour("map-water") } },
    { id: "river", type: "line", ...from("water"), filter: ["==", ["get", "kind"], "river"], paint: { "line-color": colour("map-water"), "line-width": wide([[9, 0.6], [15, 3], [18, 8]]) } },
    { id: "building", type: "fill", ...from("buildings"), minzoom: 14, paint: { "fill-color": colour("map-building") } },
    { id: "edge-other", type: "line", ...from("boundaries"), paint: { "line-color": colour("map-edge"), "line-width": 0.8, "line-dasharray": [4, 3] } },
    { id: "rail", type: "line", ...from("roads"), filter: ["==", ["get", "kind"], "rail"], paint: { "line-color": colour("map-edge"), "line-width": 1.2, "line-dasharray": [4, 2] } },
    { id: "ferry", type: "line", ...from("roads"), filter: ["==", ["get", "kind"], "ferry"], paint: { "line-color": colour("map-edge"), "line-width": 1, "line-dasharray": [2, 3] } },
  ];
}

function label(id: string, source: Record<string, string>, minzoom: number, colour: (name: string) => string, layout: object): LayerSpecification {
  const made: unknown = {
    id, type: "symbol", ...source, minzoom,
    layout: { "text-font": [FONT], "text-padding": 4, ...layout },
    paint: { "text-color": colour("map-label"), "text-halo-color": colour("map-halo"), "text-halo-width": 1.4 },
  };
  return made as LayerSpecification;
}

function sourcesOf(ground: Ground, pageUrl: string): StyleSpecification["sources"] {
  const absolute = (url: string) => new URL(url, pageUrl).href;
  const towns = { type: "FeatureCollection" as const, features: ground.towns.map((town) => ({ type: "Feature" as const, properties: { name: town.name }, geometry: { type: "Point" as const, coordinates: [town.lon, town.lat] } })) };
  return {
    outlines: { type: "geojson", data: ground.outlines as unknown as GeoJSON.FeatureCollection },
    towns: { type: "geojson", data: towns },
    ...(ground.basemap ? { tiles: { type: "vector" as const, url: `pmtiles://${absolute(ground.basemap)}` } } : {}),
    ...(!ground.basemap && ground.roads ? { roads: { type: "geojson" as const, data: absolute(ground.roads) } } : {}),
  };
}

/** What moves, above the ground: the more urgent on top. */
export function liveLayers(palette: Palette): LayerSpecification[] {
  const colour = (name: string) => palette[name] ?? "gray";
  const icons = (source: string, more: object = {}): LayerSpecification => ({
    id: source, type: "symbol", source,
    layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": true, "icon-ignore-placement": true, ...more },
  }) as LayerSpecification;
  return [
    { id: "doubts", type: "line", source: "doubts", paint: { "line-color": colour("map-label"), "line-width": 1.4, "line-dasharray": [2, 3] } },
    { id: "circles-fill", type: "fill", source: "circles", paint: { "fill-color": colour("warn-tx"), "fill-opacity": 0.1 } },
    { id: "circles", type: "line", source: "circles", filter: ["!", ["get", "stale"]], paint: { "line-color": colour("warn-tx"), "line-width": 2 } },
    { id: "circles-stale", type: "line", source: "circles", filter: ["get", "stale"], paint: { "line-color": colour("warn-tx"), "line-width": 2, "line-dasharray": [3, 3] } },
    { id: "links", type: "line", source: "links", paint: { "line-color": colour("link"), "line-width": 2, "line-dasharray": [3, 2] } },
    { ...icons("spots"), minzoom: 12 } as LayerSpecification,
    icons("units", { "icon-offset": ["interpolate", ["linear"], ["get", "level"], 0, ["literal", [0, -20]], 10, ["literal", [0, -220]]] }),
    icons("incidents", { "symbol-sort-key": ["-", 9, ["get", "order"]] }),
    icons("place"),
  ];
}
