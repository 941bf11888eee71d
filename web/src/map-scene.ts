// What a map shows: the fixed ground, what moves, and which layers are switched on. No drawing here.
import type { Point } from "./map-camera";

export interface Incident extends Point {
  readonly id: string;
  readonly number: number;
  readonly priority: number;
  readonly name: string;
  readonly place: string;
  readonly radius_m: number; // 0: known well enough for a point
  readonly vague: boolean;
  readonly demo?: boolean;
}

export interface Unit extends Point {
  readonly code: string;
  readonly status: string;
  readonly what: string;
  readonly sure: boolean; // stands there; otherwise only its post is known, and it is drawn hollow
  readonly incident: string | null;
}

export interface FixedSpot extends Point {
  readonly id: string;
  readonly layer: string;
  readonly kind: string;
  readonly name: string;
}

export interface Outlines {
  readonly type: "FeatureCollection";
  readonly features: readonly {
    readonly type: "Feature";
    readonly properties: { readonly level: string; readonly name: string; readonly at: readonly [number, number] };
    readonly geometry: { readonly type: "Polygon" | "MultiPolygon"; readonly coordinates: unknown };
  }[];
}

export interface Ground {
  readonly edition: string;
  readonly attribution: string;
  readonly sample: boolean;
  readonly basemap: string | null;
  readonly roads: string | null;
  readonly bounds: readonly [number, number, number, number];
  readonly outlines: Outlines;
  readonly towns: readonly (Point & { readonly name: string })[];
  readonly spots: readonly FixedSpot[];
}

/** Where somebody else says the caller is: never the place of the incident. */
export interface Circle extends Point {
  readonly radius_m: number;
  readonly note?: string;
  readonly at?: string; // when it was measured
  readonly source?: string;
}

export const LAYERS = ["incidents", "units", "hydrants", "health", "hazards"] as const;
export type Layer = (typeof LAYERS)[number];

export interface Scene {
  readonly ground: Ground;
  readonly incidents: readonly Incident[];
  readonly units: readonly Unit[];
  readonly spots: readonly FixedSpot[]; // hydrants, health, hazards together, those of switched-on layers
  readonly circles: readonly (Circle & { readonly stale: boolean })[];
  readonly place: Point | null;
  readonly selected: string | null; // an incident's id
}

/** One of the two ways of drawing. It draws what it is told and decides nothing. */
export interface Renderer {
  draw(scene: Scene): void;
  look(centre: Point, zoom: number): void;
  resize(): void;
  restyle(): void; // the colours of the page have changed
  remove(): void;
}

export const CIRCLE_FRESH_MS = 60_000;
const STACK_MAX = 4; // more chips than this on one post become "+n"

export interface Stacked extends Point {
  readonly id: string;
  readonly label: string;
  readonly status: string;
  readonly sure: boolean;
  readonly level: number; // 0 is at the point, 1 above it ...
  readonly incident: string | null;
}

/** Units at one point, above each other; of many the rest as a number. */
export function stacked(units: readonly Unit[]): Stacked[] {
  const groups = new Map<string, Unit[]>();
  for (const unit of units) {
    const key = `${unit.lat.toFixed(5)} ${unit.lon.toFixed(5)}`;
    groups.set(key, [...(groups.get(key) ?? []), unit]);
  }
  return [...groups.values()].flatMap((group) => {
    const whole = group.length > STACK_MAX ? group.slice(0, STACK_MAX - 1) : group;
    const chips = whole.map((unit, level) => ({
      id: `unit:${unit.code}`, label: `${unit.code} ${unit.status}`, status: unit.status, sure: unit.sure, level,
      lat: unit.lat, lon: unit.lon, incident: unit.incident,
    }));
    const [first] = group;
    if (!first || whole.length === group.length) return chips;
    const rest = { id: `units:${first.code}`, label: `+${group.length - whole.length}`, status: "", sure: first.sure };
    return [...chips, { ...rest, level: whole.length, lat: first.lat, lon: first.lon, incident: null }];
  });
}

/** Lines are drawn only between the chosen incident and its own units: more of them make dispatchers err. */
export function links(scene: Scene): [Point, Point][] {
  const chosen = scene.incidents.find((incident) => incident.id === scene.selected);
  if (!chosen) return [];
  return scene.units.filter((unit) => unit.incident === chosen.id && !unit.sure).map((unit) => [unit, chosen]);
}

/** What changed between two lists of drawable things: to add or exchange, and to take away. */
export function difference<Item extends { readonly id: string }>(before: ReadonlyMap<string, string>, now: readonly Item[]): { add: Item[]; remove: string[]; known: Map<string, string> } {
  const known = new Map(now.map((item) => [item.id, JSON.stringify(item)]));
  return {
    add: now.filter((item) => before.get(item.id) !== known.get(item.id)),
    remove: [...before.keys()].filter((id) => !known.has(id)),
    known,
  };
}

export const PRIORITY_SIGNS = ["◆", "▲", "●", "○"] as const;
