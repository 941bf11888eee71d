// <siaga-map>: where it is, without any tiles: outlines or centres of the neighbourhoods, the place, the circle the
// operator gave. Works with no network at all. Positions are drawn true to scale around the city's middle.
import { t } from "./words";

interface Point {
  readonly lat: number;
  readonly lon: number;
}

interface City {
  readonly points: readonly (Point & { readonly name: string })[];
  readonly outlines?: readonly (readonly (readonly [number, number])[])[];
}

interface Circle extends Point {
  readonly radius_m: number;
  readonly note?: string;
}

const SVG = "http://www.w3.org/2000/svg";
const METRES_PER_DEGREE = 111_195; // a degree of latitude on the sphere the server uses too
const WIDTH = 400;
const HEIGHT = 440;
const MARGIN = 34;
const SPAN_M_MIN = 3000; // closer than this there is nothing on a map without streets
const LETTER_WIDTH = 6.2; // of the map's type, on average
const GRID_M = 1000;
const GRID_LINES_MAX = 60; // a regency is tens of kilometres wide; more lines than this are a grey surface

export class Projection {
  private readonly middle: Point;
  private readonly scale: number;

  constructor(points: readonly Point[]) {
    const lats = points.map((point) => point.lat);
    const lons = points.map((point) => point.lon);
    this.middle = { lat: (Math.min(...lats) + Math.max(...lats)) / 2, lon: (Math.min(...lons) + Math.max(...lons)) / 2 };
    const high = Math.max(SPAN_M_MIN, (Math.max(...lats) - Math.min(...lats)) * METRES_PER_DEGREE);
    const wide = Math.max(SPAN_M_MIN, (Math.max(...lons) - Math.min(...lons)) * METRES_PER_DEGREE * this.shrink());
    this.scale = Math.min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high);
  }

  private shrink(): number {
    return Math.cos((this.middle.lat * Math.PI) / 180);
  }

  /** Lines one kilometre apart, counted from the middle. */
  grid(): { xs: number[]; ys: number[] } {
    const step = this.pixels(GRID_M);
    if (WIDTH / step > GRID_LINES_MAX) return { xs: [], ys: [] };
    const along = (length: number) => {
      const first = (length / 2) % step;
      return Array.from({ length: Math.ceil((length - first) / step) }, (_, index) => first + index * step);
    };
    return { xs: along(WIDTH), ys: along(HEIGHT) };
  }

  at(point: Point): { x: number; y: number } {
    return {
      x: WIDTH / 2 + (point.lon - this.middle.lon) * METRES_PER_DEGREE * this.shrink() * this.scale,
      y: HEIGHT / 2 - (point.lat - this.middle.lat) * METRES_PER_DEGREE * this.scale,
    };
  }

  pixels(metres: number): number {
    return metres * this.scale;
  }
}

export class MapElement extends HTMLElement {
  private city: City = { points: [] };
  private circle: Circle | null = null;
  private place: Point | null = null;

  connectedCallback(): void {
    const inline = this.querySelector("script")?.textContent;
    if (inline) {
      const given = JSON.parse(inline) as { map: City; circle: Circle | null };
      this.city = given.map;
      this.circle = given.circle;
    }
    document.addEventListener("siaga:place", (event) => {
      this.place = (event as CustomEvent<Point | null>).detail;
      this.draw();
    });
    // Every circle of this caller, best first (locations.ts): {lat, lon, accuracy_m, at, source}.
    document.addEventListener("siaga:circles", (event) => {
      const best = (event as CustomEvent<readonly { lat: number; lon: number; accuracy_m: number | null }[]>).detail[0];
      this.circle = best ? { lat: best.lat, lon: best.lon, radius_m: best.accuracy_m ?? 0 } : null;
      this.draw();
    });
    document.addEventListener("siaga:sheet", (event) => {
      if ((event as CustomEvent<{ open: boolean }>).detail.open) return;
      this.place = this.circle = null;
      this.draw();
    });
    const note = document.getElementById("map-note");
    if (note && this.circle?.note) note.textContent = this.circle.note;
    this.draw();
  }

  private draw(): void {
    const known = [...(this.place ? [this.place] : []), ...(this.circle ? [this.circle] : [])];
    const outlinePoints = (this.city.outlines ?? []).flat().map(([lon, lat]) => ({ lat, lon }));
    const shown = known.length ? known : [...this.city.points, ...outlinePoints];
    this.querySelector("svg")?.remove();
    if (!shown.length) return;
    const projection = new Projection(shown); // around what is known; the whole city while nothing is
    const svg = shape("svg", { class: "city-map", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    svg.setAttribute("aria-label", this.place ? t("Peta, lokasi kejadian {lat}, {lon}", { lat: this.place.lat, lon: this.place.lon }) : t("Peta"));
    svg.append(...this.ground(projection), ...this.towns(projection), ...this.marks(projection));
    this.append(svg);
  }

  private ground(projection: Projection): SVGElement[] {
    const { xs, ys } = projection.grid();
    const lines = [
      ...xs.map((x) => shape("line", { class: "ground", x1: x, x2: x, y1: 0, y2: HEIGHT })),
      ...ys.map((y) => shape("line", { class: "ground", x1: 0, x2: WIDTH, y1: y, y2: y })),
    ];
    const outlines = (this.city.outlines ?? []).map((line) =>
      shape("polygon", { class: "outline", points: line.map(([lon, lat]) => corner(projection.at({ lat, lon }))).join(" ") }),
    );
    const legend = shape("text", { x: 8, y: HEIGHT - 8 });
    legend.textContent = xs.length ? t("kotak 1 km") : "";
    return [...lines, ...outlines, legend];
  }

  /** A name stands where it covers neither the place nor another name; where there is no room, only the dot. */
  private towns(projection: Projection): SVGElement[] {
    const taken: Box[] = this.place ? [around(projection.at(this.place), 30, 14)] : [];
    const dots = this.city.points.map((town) => ({ name: town.name, ...projection.at(town) }));
    taken.push(...dots.map((dot) => around(dot, 3, 3)));
    return dots.flatMap(({ name, x, y }) => {
      const wide = name.length * LETTER_WIDTH;
      const dot = shape("circle", { class: "town", cx: x, cy: y, r: 2 });
      for (const [left, base] of [[x + 5, y + 4], [x - 5 - wide, y + 4], [x - wide / 2, y - 6], [x - wide / 2, y + 14], [x + 4, y - 5], [x - 4 - wide, y - 5], [x + 4, y + 13], [x - 4 - wide, y + 13]] as const) {
        const box = { left, top: base - 9, right: left + wide, bottom: base + 2 };
        if (box.left < 0 || box.right > WIDTH || taken.some((other) => overlap(box, other))) continue;
        taken.push(box);
        const label = shape("text", { x: left, y: base });
        label.textContent = name;
        return [dot, label];
      }
      return [dot];
    });
  }

  private marks(projection: Projection): SVGElement[] {
    const drawn: SVGElement[] = [];
    if (this.circle) {
      const { x, y } = projection.at(this.circle);
      drawn.push(shape("circle", { class: "circle", cx: x, cy: y, r: projection.pixels(this.circle.radius_m) }));
    }
    if (this.place) {
      const { x, y } = projection.at(this.place);
      const label = shape("text", { class: "pin-label", x: x - 20, y: y + 4 });
      label.textContent = "◆ TKP";
      drawn.push(shape("rect", { class: "pin", x: x - 24, y: y - 10, width: 48, height: 20, rx: 3 }), label);
    }
    return drawn;
  }
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function around({ x, y }: { x: number; y: number }, wide: number, high: number): Box {
  return { left: x - wide, top: y - high, right: x + wide, bottom: y + high };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function corner({ x, y }: { x: number; y: number }): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
