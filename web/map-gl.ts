// The map's drawing by graphics card. Fetched only by pages that show a map with a ground to draw; it speaks no words.
import type * as GeoJSON from "geojson";
import * as maplibre from "maplibre-gl";
import { Protocol } from "pmtiles";
import type { Camera, Point } from "./src/map-camera";
import { circleAround } from "./src/map-camera";
import { type Ground, type Renderer, type Scene, difference, links, stacked } from "./src/map-scene";
import { chipImage, incidentImage, placeImage, spotImage } from "./src/map-marks";
import { FONT, groundStyle, liveLayers, readPalette, type Palette } from "./src/map-style";

const READY_MS_MAX = 15_000; // a machine that needs longer for the first picture is better off with the plain one
const SLOW = /swiftshader|llvmpipe|software|basic render/i;

type Feature = GeoJSON.Feature & { readonly id: string };

let protocol: Protocol | undefined;

export function makeRenderer(workerUrl: string) {
  return async (host: HTMLElement, camera: Camera, ground: Ground, lost: () => void): Promise<Renderer> => {
    maplibre.setWorkerUrl(new URL(workerUrl, location.href).href);
    maplibre.setWorkerCount(1); // one city's tiles; a second worker costs memory and start
    await document.fonts.load(`16px "${FONT}"`, "Aa"); // the first letters drawn are kept as pictures
    try {
      return await begun(host, camera, ground, lost);
    } catch (error) {
      if (!ground.basemap || !ground.roads) throw error;
      return begun(host, camera, { ...ground, basemap: null }, lost); // damaged tiles: the roads alone
    }
  };
}

async function begun(host: HTMLElement, camera: Camera, ground: Ground, lost: () => void): Promise<Renderer> {
  const box = document.createElement("div");
  box.className = "map-gl";
  host.append(box);
  const renderer = new GlRenderer(box, camera, ground, lost);
  try {
    await renderer.ready();
    return renderer;
  } catch (error) {
    renderer.remove();
    throw error;
  }
}

class GlRenderer implements Renderer {
  private readonly map: maplibre.Map;
  private palette: Palette;
  private scene: Scene | undefined;
  private readonly known = new Map<string, Map<string, string>>();
  private broken: Error | undefined; // before anybody waited
  private failed: ((error: Error) => void) | undefined;
  private isBuilt = false;

  constructor(private readonly box: HTMLElement, camera: Camera, private readonly ground: Ground, lost: () => void) {
    this.palette = readPalette();
    if (ground.basemap && !protocol) {
      protocol = new Protocol();
      maplibre.addProtocol("pmtiles", protocol.tile);
    }
    this.map = new maplibre.Map({
      container: box,
      style: groundStyle(ground, this.palette, location.href),
      center: [camera.centre.lon, camera.centre.lat],
      zoom: camera.zoom,
      interactive: false, // pointer and keys belong to the pane: they mean the same in both drawings
      attributionControl: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      pitchWithRotate: false,
      maxTileCacheSize: 60,
      pixelRatio: isSlow() ? 1 : Math.min(2, devicePixelRatio),
      canvasContextAttributes: { antialias: false, failIfMajorPerformanceCaveat: false },
    });
    this.map.getCanvas().tabIndex = -1;
    this.map.getCanvas().setAttribute("aria-hidden", "true");
    this.map.getCanvas().removeAttribute("role");
    this.map.getCanvas().removeAttribute("aria-label");
    this.map.on("webglcontextlost", () => lost());
    this.map.on("error", (event) => this.onError(event.error, (event as { sourceId?: string }).sourceId));
  }

  /** Resolves with the first whole style. Rejects without WebGL, and when it takes too long. */
  async ready(): Promise<void> {
    const { map } = this;
    await new Promise<void>((done, failed) => {
      const late = setTimeout(() => failed(new Error("no picture in time")), READY_MS_MAX);
      this.failed = (error) => {
        clearTimeout(late);
        failed(error);
      };
      if (this.broken) this.failed(this.broken);
      map.once("load", () => {
        clearTimeout(late);
        done();
      });
    });
    this.build();
  }

  draw(scene: Scene): void {
    this.scene = scene;
    if (!this.isBuilt) return;
    this.update("circles", scene.circles.map((circle, at) => feature(`circle:${at}`, { stale: circle.stale }, { type: "Polygon", coordinates: [circleAround(circle, circle.radius_m)] })));
    this.update("doubts", scene.incidents.filter((one) => one.radius_m).map((one) => feature(one.id, {}, { type: "Polygon", coordinates: [circleAround(one, one.radius_m)] })));
    this.update("links", links(scene).map(([from, to], at) => feature(`link:${at}`, {}, { type: "LineString", coordinates: [[from.lon, from.lat], [to.lon, to.lat]] })));
    this.update("spots", scene.spots.map((spot) => feature(spot.id, { icon: `spot:${spot.layer}`, name: spot.name }, pointOf(spot))));
    this.update("incidents", scene.incidents.map((one) =>
      feature(one.id, { icon: `incident:${one.priority}:${one.number}:${one.id === scene.selected ? 1 : 0}`, order: one.priority }, pointOf(one))));
    this.update("units", stacked(scene.units).map((one) => feature(one.id, { icon: `unit:${one.status}:${one.sure ? 1 : 0}:${one.label}`, level: one.level }, pointOf(one))));
    this.update("place", scene.place ? [feature("place", { icon: "place" }, pointOf(scene.place))] : []);
  }

  look(centre: Point, zoom: number): void {
    this.map.jumpTo({ center: [centre.lon, centre.lat], zoom });
  }

  resize(): void {
    this.map.resize();
  }

  restyle(): void {
    this.palette = readPalette();
    this.isBuilt = false;
    this.known.clear();
    this.map.setStyle(groundStyle(this.ground, this.palette, location.href), { diff: false });
    this.map.once("style.load", () => this.build());
  }

  remove(): void {
    this.map.remove();
    this.box.remove();
  }

  private build(): void {
    for (const id of ["circles", "doubts", "links", "spots", "incidents", "units", "place"]) {
      if (!this.map.getSource(id)) this.map.addSource(id, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    }
    for (const layer of liveLayers(this.palette)) this.map.addLayer(layer);
    this.isBuilt = true;
    if (this.scene) this.draw(this.scene);
  }

  /** Only what changed is sent to the worker. */
  private update(source: string, features: readonly Feature[]): void {
    const { add, remove, known } = difference(this.known.get(source) ?? new Map(), features);
    this.known.set(source, known);
    if (!add.length && !remove.length) return;
    for (const one of add) if (typeof one.properties?.["icon"] === "string") this.makeImage(one.properties["icon"]);
    void this.map.getSource<maplibre.GeoJSONSource>(source)?.updateData({ add: [...add], remove });
  }

  private onError(error: { readonly name?: string; readonly message: string }, source: string | undefined): void {
    if (!this.isBuilt && (source === "tiles" || /webgl|gpu/i.test(`${error.name} ${error.message}`))) {
      this.broken = new Error(error.message);
      this.failed?.(this.broken);
    }
    this.box.dataset["trouble"] = error.message; // a missing tile is no reason to give up the map
  }

  private makeImage(id: string): void {
    if (this.map.hasImage(id)) return;
    const [kind, ...rest] = id.split(":");
    const ratio = isSlow() ? 1 : Math.min(2, devicePixelRatio);
    const made =
      kind === "incident" ? incidentImage(Number(rest[0]), rest[1] ?? "", rest[2] === "1", this.palette, ratio)
      : kind === "unit" ? chipImage(rest.slice(2).join(":"), rest[0] ?? "", rest[1] === "1", this.palette, ratio)
      : kind === "spot" ? spotImage(rest[0] ?? "", this.palette, ratio)
      : kind === "place" ? placeImage(this.palette, ratio)
      : undefined;
    if (made) this.map.addImage(id, made, { pixelRatio: ratio });
  }
}

function feature(id: string, properties: Record<string, unknown>, geometry: GeoJSON.Geometry): Feature {
  return { type: "Feature", id, properties: { ...properties, id }, geometry };
}

function pointOf({ lat, lon }: Point): GeoJSON.Point {
  return { type: "Point", coordinates: [lon, lat] };
}

let slow: boolean | undefined;

/** Whether a processor does the graphics card's work: then fewer pixels. */
function isSlow(): boolean {
  if (slow === undefined) {
    const gl = document.createElement("canvas").getContext("webgl2");
    const names = gl?.getExtension("WEBGL_debug_renderer_info");
    slow = !gl || SLOW.test(String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return slow;
}

