// <siaga-map>: where it is. Drawn at once without a graphics card; when there is a ground worth it (an imported map or
// outlines) and the browser can, MapLibre takes over. Both show the same: layers, circles, the place, the lock.
//
//   data-follow   what the map follows: "sheet" (place and circles), "open" (all open incidents), "one" (the incident
//                 given inside)
//   data-state    address of what moves; without it nothing moves
//   data-engine, data-engine-worker   MapLibre's files; without them it is drawn as SVG
//   data-desk     name of this desk: maps of other windows may follow it;  data-follows: the desk this one follows
//   inside        <script type="application/json"> {map: {points}, circle, place, incident}: all parts optional
import { fetchGround, follow, type State } from "./map-data";
import { rememberLayers, rememberedLayers } from "./map-layers";
import { MapPane, type MakeRenderer } from "./map-pane";
import { CIRCLE_FRESH_MS, LAYERS, PRIORITY_SIGNS, type Circle, type Ground, type Layer, type Scene } from "./map-scene";
import type { Point } from "./map-camera";
import { now } from "./clock";
import { element } from "./parts";
import type { SheetElement } from "./sheet";
import { t } from "./words";

interface Inline {
  readonly map?: { readonly points: readonly (Point & { readonly name: string })[] };
  readonly circle?: Circle | null;
  readonly place?: Point | null;
  readonly incident?: string | null;
}

/** As the caller's locations are written into the page; without metres there is no circle to draw. */
interface Fix extends Point {
  readonly accuracy_m: number | null;
  readonly at: string;
  readonly source: string;
}

interface Told {
  readonly desk: string;
  readonly place: Point | null;
  readonly circles: readonly Circle[];
  readonly selected: string | null;
}

const STALE_WATCH_MS = 5000;
const NOTHING: Ground = {
  edition: "", attribution: "", sample: false, basemap: null, roads: null, bounds: [95, -11, 141, 6],
  outlines: { type: "FeatureCollection", features: [] }, towns: [], spots: [],
};

export class MapElement extends HTMLElement {
  private pane!: MapPane;
  private ground: Ground = NOTHING;
  private state: State = { incidents: [], units: [], hazards: [], units_without_place: 0 };
  private circles: readonly Circle[] = [];
  private place: Point | null = null;
  private selected: string | null = null;
  private layers: Set<Layer> = rememberedLayers();
  private sheet = ""; // the one that lies open on this desk
  private sheetField = "";
  private info!: HTMLElement;
  private list!: HTMLElement;
  private channel: BroadcastChannel | undefined;
  private listed = "";

  connectedCallback(): void {
    const given = JSON.parse(this.querySelector("script")?.textContent || "{}") as Inline;
    this.circles = given.circle ? [given.circle] : [];
    this.place = given.place ?? null;
    this.selected = given.incident ?? null;
    const points = given.map?.points ?? [];
    this.ground = { ...NOTHING, towns: points, bounds: boundsOf(points) ?? NOTHING.bounds };
    this.pane = new MapPane(this, this, middleOf(this.ground));
    this.furnish();
    this.listen();
    if (given.circle?.note) this.note(given.circle.note);
    this.draw();
    void this.fetchGround();
    const url = this.dataset["state"];
    if (url) follow(url, (state) => this.moved(state), () => this.note(t("Peta mungkin sudah basi")));
  }

  // --- what the pane asks ------------------------------------------------------------------------------------------

  /** She is filling in *Di mana*: a click on the map answers it. */
  isArmed = (): boolean => this.follows === "sheet" && this.sheet !== "" && this.sheetField === "where";

  picked = (point: Point): void => {
    document.dispatchEvent(new CustomEvent<Point>("siaga:map-pick", { detail: point }));
  };

  chosen = (id: string): void => {
    const [kind, name] = split(id);
    if (kind === "incident") {
      this.selected = name;
      document.getElementById(`row-${name}`)?.querySelector<HTMLElement>("[data-open]")?.click();
      this.tell();
    }
    this.describe(kind, name);
    this.draw();
  };

  // --- keys (map-keys.ts) ------------------------------------------------------------------------------------------

  move(right: number, down: number): void {
    this.pane.move(right, down);
  }

  zoom(by: number): void {
    this.pane.zoom(by);
  }

  pickCentre(): void {
    this.pane.pickCentre();
    if (this.isArmed()) document.getElementById("where")?.focus();
  }

  followAgain(): void {
    this.pane.followAgain();
  }

  /** Shows what a row of a list is about: "incident:<id>", "unit:<code>" or "point:<lat>,<lon>". */
  showItem(what: string): boolean {
    const [kind, name] = split(what);
    const [lat, lon] = name.split(",").map(Number);
    const point =
      kind === "point" && lat !== undefined && lon !== undefined ? { lat, lon }
      : kind === "unit" ? this.state.units.find((unit) => unit.code === name)
      : this.state.incidents.find((incident) => incident.id === name);
    if (!point) return false;
    if (kind === "incident") this.selected = name;
    this.pane.lookAt(point);
    this.describe(kind, name);
    this.draw();
    return true;
  }

  // --- data --------------------------------------------------------------------------------------------------------

  private get follows(): string {
    return this.dataset["follow"] ?? "open";
  }

  private async fetchGround(): Promise<void> {
    try {
      this.ground = await fetchGround();
    } catch {
      return; // drawn from what came with the page
    }
    this.furnishGround();
    this.draw();
    const engine = this.dataset["engine"];
    if (engine && (this.ground.basemap || this.ground.outlines.features.length)) await this.improve(engine);
  }

  private async improve(engine: string): Promise<void> {
    await new Promise((done) => ("requestIdleCallback" in globalThis ? requestIdleCallback(done, { timeout: 2000 }) : setTimeout(done, 200)));
    try {
      const { makeRenderer } = (await import(engine)) as { makeRenderer: (worker: string) => MakeRenderer };
      await this.pane.improve(makeRenderer(this.dataset["engineWorker"] ?? ""), this.ground);
    } catch (error) {
      console.info("map without graphics card:", error); // for who looks for the reason; the map itself is drawn
    }
    this.draw();
  }

  private moved(state: State): void {
    this.state = state;
    this.note("");
    if (this.selected && !state.incidents.some((incident) => incident.id === this.selected) && this.follows === "open") this.selected = null;
    this.draw();
  }

  private listen(): void {
    document.addEventListener("siaga:place", (event) => {
      this.place = (event as CustomEvent<Point | null>).detail;
      this.draw();
      this.tell();
    });
    document.addEventListener("siaga:sheet", (event) => this.sheetChanged((event.target as SheetElement).sheetId ?? ""));
    document.addEventListener("siaga:panel", (event) => this.panelDrawn(event.target as HTMLElement));
    document.addEventListener("siaga:show", (event) => {
      event.preventDefault(); // shown here: no page of its own is needed
      const { incident, lat, lon } = (event as CustomEvent<Point & { incident?: string }>).detail;
      if (!incident || !this.showItem(`incident:${incident}`)) this.showItem(`point:${lat},${lon}`);
    });
    document.addEventListener("focusin", (event) => {
      const field = event.target as HTMLElement;
      if (field.closest("siaga-sheet")) this.sheetField = field.id;
    });
    const restyle = () => {
      this.pane.restyle();
      this.draw();
    };
    new MutationObserver(restyle).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", restyle);
    setInterval(() => this.circles.some((circle) => circle.at) && this.draw(), STALE_WATCH_MS);
    if (!("BroadcastChannel" in globalThis)) return;
    this.channel = new BroadcastChannel("siaga-map");
    this.channel.addEventListener("message", (event: MessageEvent<Told | { ask: string }>) => this.heard(event.data));
    if (this.dataset["follows"]) this.channel.postMessage({ ask: this.dataset["follows"] });
  }

  private sheetChanged(sheet: string): void {
    if (sheet === this.sheet) return; // the same one, drawn again
    const wasOpen = this.sheet !== "";
    this.sheet = sheet;
    this.pane.release(); // another caller: nobody holds the map against her
    if (wasOpen) this.circles = [];
    if (!sheet) {
      this.place = null;
      this.sheetField = "";
    } else if (!this.sheetField) {
      this.sheetField = document.activeElement?.closest("siaga-sheet") ? document.activeElement.id : "";
    }
    this.draw();
    this.tell();
  }

  /** A panel of the page was drawn anew: it may name circles, or the incident somebody chose on the board. */
  private panelDrawn(panel: HTMLElement): void {
    const circles = panel.querySelector("script[data-circles]")?.textContent;
    if (circles && this.follows === "sheet") {
      this.circles = (JSON.parse(circles) as Fix[]).flatMap((fix) => (fix.accuracy_m ? [{ ...fix, radius_m: fix.accuracy_m }] : []));
      this.draw();
      this.tell();
    }
    const chosen = panel.id === "detail" ? panel.dataset["only"]?.replace("incident:", "") : undefined;
    if (chosen && chosen !== this.selected) {
      this.selected = chosen;
      this.draw();
      this.tell();
    }
  }

  // --- two windows of one desk ---------------------------------------------------------------------------------------

  private tell(): void {
    const desk = this.dataset["desk"];
    if (desk) this.channel?.postMessage({ desk, place: this.place, circles: this.circles, selected: this.selected } satisfies Told);
  }

  private heard(told: Told | { ask: string }): void {
    if ("ask" in told) {
      if (told.ask === this.dataset["desk"]) this.tell();
    } else if (told.desk === this.dataset["follows"]) {
      this.place = told.place;
      this.circles = told.circles;
      this.selected = told.selected;
      this.draw();
    }
  }

  // --- drawing -------------------------------------------------------------------------------------------------------

  private draw(): void {
    const circles = this.circles.map((circle) => ({ ...circle, stale: Boolean(circle.at) && now() - Date.parse(circle.at ?? "") > CIRCLE_FRESH_MS }));
    const on = (layer: Layer) => this.layers.has(layer);
    const scene: Scene = {
      ground: this.ground,
      incidents: on("incidents") ? this.state.incidents : this.state.incidents.filter((incident) => incident.id === this.selected),
      units: on("units") ? this.state.units : [],
      spots: [...this.ground.spots, ...this.state.hazards].filter((spot) => this.layers.has(spot.layer as Layer)),
      circles,
      place: this.place,
      selected: this.selected,
    };
    this.pane.show(scene);
    this.dataset["place"] = scene.place ? `${scene.place.lat.toFixed(5)},${scene.place.lon.toFixed(5)}` : "";
    this.drawList(scene);
    const points = this.followedPoints(scene);
    this.pane.followSet(points.map(([id]) => id), points.map(([, point]) => point));
  }

  /** What this map keeps in view, with names: the set decides whether it moves by itself. */
  private followedPoints(scene: Scene): [string, Point][] {
    const own: [string, Point][] = [
      ...(scene.place ? [[`place ${scene.place.lat},${scene.place.lon}`, scene.place] as [string, Point]] : []),
      ...scene.circles.flatMap((circle, at) => cornersOf(circle).map((point) => [`circle ${at} ${point.lat},${point.lon}`, point] as [string, Point])),
    ];
    if (this.follows === "one") own.push(...this.state.incidents.filter((one) => one.id === this.selected).map((one) => [one.id, one] as [string, Point]));
    if (this.follows === "open" && !own.length) own.push(...this.state.incidents.map((incident) => [incident.id, incident] as [string, Point]));
    if (own.length) return own;
    const [west, south, east, north] = this.ground.bounds;
    return [[`city ${west},${south}`, { lat: south, lon: west }], [`city ${east},${north}`, { lat: north, lon: east }]];
  }

  /** The same in words: for who does not see the picture, and beside the plain drawing. */
  private drawList(scene: Scene): void {
    const told = JSON.stringify([scene.incidents, scene.units, this.state.units_without_place]);
    if (told === this.listed) return; // a link somebody has the focus on stays
    this.listed = told;
    const rows = scene.incidents.map((incident) => {
      const link = element("a", "", `${PRIORITY_SIGNS[incident.priority - 1]} #${incident.number} ${incident.name}`) as HTMLAnchorElement;
      link.href = `/kejadian/${incident.id}`;
      const at = scene.units.filter((unit) => unit.incident === incident.id).map((unit) => `${unit.code} ${unit.status}`);
      return element("li", "", link, ` ${incident.place}${at.length ? ` – ${at.join(", ")}` : ""}`);
    });
    if (this.state.units_without_place) rows.push(element("li", "tertiary", t("{n} unit tanpa posisi", { n: this.state.units_without_place })));
    this.list.replaceChildren(...rows);
  }

  private note(words: string): void {
    const note = document.getElementById("map-note");
    if (note) note.textContent = words;
  }

  private describe(kind: string, name: string): void {
    const incident = kind === "incident" ? this.state.incidents.find((one) => one.id === name) : undefined;
    const unit = kind === "unit" ? this.state.units.find((one) => one.code === name) : undefined;
    const spot = kind === "spot" ? [...this.ground.spots, ...this.state.hazards].find((one) => one.id === name) : undefined;
    const close = element("button", "button button-small", "×") as HTMLButtonElement;
    close.type = "button";
    close.setAttribute("aria-label", t("Tutup keterangan"));
    close.addEventListener("click", () => (this.info.hidden = true));
    let words: (Node | string)[] = [];
    if (incident) {
      const link = element("a", "", `${PRIORITY_SIGNS[incident.priority - 1]} #${incident.number} ${incident.name}`) as HTMLAnchorElement;
      link.href = `/kejadian/${incident.id}`;
      words = [link, ` ${incident.place}${incident.vague ? ` · ${t("lokasi perkiraan")}` : ""}`];
    } else if (unit) {
      words = [element("b", "", `${unit.code} ${unit.status}`), ` ${unit.what} · ${unit.sure ? t("di TKP") : t("posisi pos, bukan GPS")}`];
    } else if (spot) {
      words = [element("b", "", spot.name || t("Hidran")), ` ${spot.kind}`];
    }
    this.info.hidden = !words.length;
    this.info.replaceChildren(element("span", "grow", ...words), close);
  }

  // --- furniture -----------------------------------------------------------------------------------------------------

  private furnish(): void {
    this.info = element("p", "map-info");
    this.info.hidden = true;
    this.list = element("ul", "map-list");
    this.list.setAttribute("aria-label", t("Isi peta"));
    this.append(this.tools(), this.info, this.list);
  }

  private tools(): HTMLElement {
    const names: Record<Layer, string> = {
      incidents: t("Kejadian terbuka"), units: t("Unit"), hydrants: t("Hidran"), health: t("Faskes"), hazards: t("Bahaya"),
    };
    const boxes = LAYERS.map((layer) => {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = this.layers.has(layer);
      box.dataset["layer"] = layer;
      box.addEventListener("change", () => {
        if (box.checked) this.layers.add(layer);
        else this.layers.delete(layer);
        rememberLayers(this.layers);
        this.draw();
      });
      return element("label", "", box, ` ${names[layer]}`);
    });
    const layers = element("details", "map-layers", element("summary", "button button-small", t("Lapisan")), element("div", "map-layer-list", ...boxes));
    const button = (words: string, label: string, act: () => void) => {
      const made = element("button", "button button-small", words) as HTMLButtonElement;
      made.type = "button";
      made.setAttribute("aria-label", label);
      made.addEventListener("click", act);
      return made;
    };
    const desk = this.dataset["desk"];
    const second = element("a", "button button-small", t("Layar 2")) as HTMLAnchorElement;
    second.href = `/peta?ikut=${encodeURIComponent(desk ?? "")}`;
    second.target = "_blank";
    second.title = t("Peta di layar kedua");
    return element("div", "map-tools", ...(desk ? [second] : []), layers, button("+", t("Perbesar"), () => this.zoom(1)), button("−", t("Perkecil"), () => this.zoom(-1)));
  }

  private furnishGround(): void {
    this.querySelector(".map-credit")?.remove();
    if (this.ground.attribution) this.append(element("small", "map-credit", this.ground.attribution));
    if (this.ground.sample) this.append(element("span", "demo-mark map-sample", t("PETA CONTOH")));
  }
}

function split(id: string): [string, string] {
  const at = id.indexOf(":");
  return [id.slice(0, at), id.slice(at + 1)];
}

function boundsOf(points: readonly Point[]): [number, number, number, number] | undefined {
  if (!points.length) return undefined;
  const lats = points.map((point) => point.lat);
  const lons = points.map((point) => point.lon);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

function middleOf({ bounds: [west, south, east, north] }: Ground): Point {
  return { lat: (south + north) / 2, lon: (west + east) / 2 };
}

/** Four points of a circle's rim: enough to have it whole in view. */
function cornersOf(circle: Circle): Point[] {
  const north = circle.radius_m / 111_195;
  const east = north / Math.cos((circle.lat * Math.PI) / 180);
  return [
    { lat: circle.lat + north, lon: circle.lon }, { lat: circle.lat - north, lon: circle.lon },
    { lat: circle.lat, lon: circle.lon + east }, { lat: circle.lat, lon: circle.lon - east },
  ];
}
