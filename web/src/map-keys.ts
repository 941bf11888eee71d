// The keys of a map. They act on the map that has the focus; L and 0 of a list act on the one map of the page.
import { handle } from "./keys";
import type { MapElement } from "./map";

function here(): MapElement | null {
  return document.activeElement?.closest<MapElement>("siaga-map") ?? null;
}

function ofPage(): MapElement | null {
  return here() ?? document.querySelector<MapElement>("siaga-map");
}

export function startMapKeys(): void {
  const act = (id: string, what: (map: MapElement) => void) =>
    handle(id, () => {
      const map = here();
      if (!map) return false;
      what(map);
      return true;
    });
  act("map_left", (map) => map.move(-1, 0));
  act("map_right", (map) => map.move(1, 0));
  act("map_up", (map) => map.move(0, -1));
  act("map_down", (map) => map.move(0, 1));
  act("map_nearer", (map) => map.zoom(1));
  act("map_farther", (map) => map.zoom(-1));
  act("map_pick", (map) => map.pickCentre());
  handle("map_follow", () => {
    const map = ofPage();
    map?.followAgain();
    return map !== null;
  });
  handle("list_map", () => {
    const row = document.activeElement?.closest<HTMLElement>("[data-map]");
    return Boolean(row && ofPage()?.showItem(row.dataset["map"] ?? ""));
  });
}
