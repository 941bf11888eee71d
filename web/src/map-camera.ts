// Where a map looks, and the arithmetic between degrees and pixels (Web Mercator, north up, never tilted). Both ways
// of drawing use it, so that a click, a key and the lock mean the same with and without a graphics card.
export interface Point {
  readonly lat: number;
  readonly lon: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

const TILE_PIXELS = 512; // of zoom 0, as MapLibre counts
const EQUATOR_M = 40_075_016.686;
const LAT_MAX = 85;
export const ZOOM_MIN = 7;
export const ZOOM_MAX = 19;
export const ZOOM_OF_ONE = 16; // one point alone: the houses around it, some 400 m across a panel
const EDGE_PIXELS = 36; // what is fitted keeps this distance from the edge, so that its sign is whole

export class Camera {
  constructor(
    readonly centre: Point,
    readonly zoom: number,
    readonly width: number,
    readonly height: number,
  ) {}

  private get scale(): number {
    return TILE_PIXELS * 2 ** this.zoom;
  }

  /** Pixels from the left and top edge of the map. */
  at(point: Point): Spot {
    return {
      x: this.width / 2 + (across(point.lon) - across(this.centre.lon)) * this.scale,
      y: this.height / 2 + (down(point.lat) - down(this.centre.lat)) * this.scale,
    };
  }

  /** What lies under a pixel. */
  under(spot: Spot): Point {
    const x = across(this.centre.lon) + (spot.x - this.width / 2) / this.scale;
    const y = down(this.centre.lat) + (spot.y - this.height / 2) / this.scale;
    return { lat: latOf(y), lon: x * 360 - 180 };
  }

  /** How many pixels so many metres are, at the middle of the map. */
  pixels(metres: number): number {
    return (metres * this.scale) / (EQUATOR_M * Math.cos((this.centre.lat * Math.PI) / 180));
  }

  moved(right: number, down: number): Camera {
    return this.looking(this.under({ x: this.width / 2 + right, y: this.height / 2 + down }), this.zoom);
  }

  /** Nearer or farther, with the same place under the pixel as before. */
  zoomed(by: number, around?: Spot): Camera {
    const zoom = clamp(this.zoom + by, ZOOM_MIN, ZOOM_MAX);
    if (!around) return this.looking(this.centre, zoom);
    const held = this.under(around);
    const nearer = this.looking(held, zoom);
    return nearer.moved(this.width / 2 - around.x, this.height / 2 - around.y);
  }

  looking(centre: Point, zoom: number): Camera {
    return new Camera({ lat: clamp(centre.lat, -LAT_MAX, LAT_MAX), lon: centre.lon }, zoom, this.width, this.height);
  }

  sized(width: number, height: number): Camera {
    return new Camera(this.centre, this.zoom, width, height);
  }

  /** So that all points are seen; one alone with the houses around it. Without any it stays. */
  fitted(points: readonly Point[]): Camera {
    if (!points.length) return this;
    const xs = points.map((point) => across(point.lon));
    const ys = points.map((point) => down(point.lat));
    const [west, east, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const room = (pixels: number) => Math.max(40, pixels - 2 * EDGE_PIXELS);
    const wide = Math.log2(room(this.width) / (TILE_PIXELS * Math.max(east - west, 1e-12)));
    const high = Math.log2(room(this.height) / (TILE_PIXELS * Math.max(bottom - top, 1e-12)));
    const centre = { lat: latOf((top + bottom) / 2), lon: ((west + east) / 2) * 360 - 180 };
    return this.looking(centre, clamp(Math.min(wide, high, ZOOM_OF_ONE), ZOOM_MIN, ZOOM_MAX));
  }
}

/** The corners of a circle, so that it has its true size on the ground at every zoom. */
export function circleAround(middle: Point, radiusM: number, corners = 64): [number, number][] {
  const perDegree = 111_195; // metres, on the sphere the server uses too
  const shrink = Math.cos((middle.lat * Math.PI) / 180);
  return Array.from({ length: corners + 1 }, (_, index) => {
    const turn = (2 * Math.PI * index) / corners;
    const north = (radiusM * Math.sin(turn)) / perDegree;
    const east = (radiusM * Math.cos(turn)) / (perDegree * shrink);
    return [middle.lon + east, middle.lat + north];
  });
}

/** A round length that fills at most so many pixels, for the scale bar. */
export function roundMetres(camera: Camera, pixelsMax: number): number {
  const most = pixelsMax / camera.pixels(1);
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((step) => step * power).find((metres) => metres <= most) ?? power;
}

function across(lon: number): number {
  return (lon + 180) / 360;
}

function down(lat: number): number {
  const sine = Math.sin((clamp(lat, -LAT_MAX, LAT_MAX) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

function latOf(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
