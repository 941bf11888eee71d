// Fetches what a map shows: the ground once, what moves whenever the journal says so, never more often than the screen
// can draw it.
import { call, request } from "./http";
import { onChange } from "./live";
import type { FixedSpot, Ground, Incident, Unit } from "./map-scene";

export interface State {
  readonly incidents: readonly Incident[];
  readonly units: readonly Unit[];
  readonly hazards: readonly FixedSpot[];
  readonly units_without_place: number;
}

/** Beginnings of the names of events that move something on a map. */
const MOVING = ["incident.opened", "incident.amended", "incident.closed", "incident.reopened", "incident.protected", "incident.joined", "unit.", "premises."];
const PAUSE_MS = 2000; // between two fetches: twenty desks each follow every event, and software draws slowly

let ground: Promise<Ground> | undefined;

/** One fetch for all maps of a page. */
export function fetchGround(): Promise<Ground> {
  ground ??= request("GET", "/peta/dasar").then((response) => response.json() as Promise<Ground>);
  ground.catch(() => (ground = undefined)); // the next asker tries again
  return ground;
}

export function follow(url: string, take: (state: State) => void, failed: () => void): void {
  let lastAt = -Infinity;
  let timer: number | undefined;
  const fetchNow = async () => {
    timer = undefined;
    lastAt = performance.now();
    if (document.hidden) {
      document.addEventListener("visibilitychange", soon, { once: true });
      return;
    }
    try {
      take(await call<State>("GET", url));
    } catch {
      failed(); // the line's own strip says what is wrong; the map only looks stale
    }
  };
  const soon = () => {
    timer ??= window.setTimeout(() => void fetchNow(), Math.max(0, lastAt + PAUSE_MS - performance.now()));
  };
  onChange((change) => {
    if (MOVING.some((start) => change.name.startsWith(start))) soon();
  });
  document.addEventListener("siaga:line", (event) => {
    if ((event as CustomEvent<{ state: string }>).detail.state === "live") soon();
  });
  soon();
}
