// Draws the map without a graphics card: outlines or a grid, names where there is room, and everything that moves.
import { type Point, Camera, circleAround } from "./map-camera";
import { type Outlines, type Renderer, type Scene, PRIORITY_SIGNS, links, stacked } from "./map-scene";
import { t } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const LETTER_WIDTH = 6.2; // of the map's type, on average
const GRID_M = 1000;
const GRID_LINES_MAX = 60; // more lines than this are a grey surface
const CHIP_HEIGHT = 16;

export class SvgRenderer implements Renderer {
  private readonly svg: SVGElement;
  private camera: Camera;
  private scene: Scene | undefined;

  constructor(private readonly host: HTMLElement, camera: Camera) {
    this.camera = camera;
    this.svg = shape("svg", { class: "city-map", "aria-hidden": "true" });
    host.append(this.svg);
  }

  draw(scene: Scene): void {
    this.scene = scene;
    this.paint();
  }

  look(centre: Point, zoom: number): void {
    this.camera = this.camera.looking(centre, zoom);
    this.paint();
  }

  resize(): void {
    this.camera = this.camera.sized(this.host.clientWidth, this.host.clientHeight);
    this.paint();
  }

  restyle(): void {
    // the style sheet colours it
  }

  remove(): void {
    this.svg.remove();
  }

  private paint(): void {
    const { scene, camera } = this;
    if (!scene || !camera.width || !camera.height) return;
    this.svg.setAttribute("viewBox", `0 0 ${camera.width} ${camera.height}`);
    this.svg.replaceChildren(...this.ground(scene), ...this.towns(scene), ...this.spots(scene), ...this.moving(scene));
  }

  private ground(scene: Scene): SVGElement[] {
    const { width, height } = this.camera;
    const { xs, ys } = gridOf(this.camera);
    const lines = [
      ...xs.map((x) => shape("line", { class: "ground", x1: x, x2: x, y1: 0, y2: height })),
      ...ys.map((y) => shape("line", { class: "ground", x1: 0, x2: width, y1: y, y2: y })),
    ];
    const edges = ringsOf(scene.ground.outlines).map(({ level, ring }) =>
      shape("polygon", { class: `outline outline-${level}`, points: ring.map(([lon, lat]) => corner(this.camera.at({ lat, lon }))).join(" ") }),
    );
    return [...lines, ...edges];
  }

  /** A name stands where it covers neither the place nor another name; where there is no room, only the dot. */
  private towns(scene: Scene): SVGElement[] {
    const { camera } = this;
    const taken: Box[] = scene.place ? [around(camera.at(scene.place), 30, 14)] : [];
    taken.push(...scene.incidents.map((incident) => around(camera.at(incident), 20, 12)));
    const named = scene.ground.outlines.features.filter((feature) => feature.properties.level === "kelurahan");
    const points = named.length
      ? named.map(({ properties }) => ({ name: properties.name, lat: properties.at[1], lon: properties.at[0] }))
      : scene.ground.towns;
    const dots = points.map((town) => ({ name: town.name, ...camera.at(town) })).filter(({ x, y }) => x > 0 && x < camera.width && y > 0 && y < camera.height);
    taken.push(...dots.map((dot) => around(dot, 3, 3)));
    return dots.flatMap(({ name, x, y }) => {
      const wide = name.length * LETTER_WIDTH;
      const dot = shape("circle", { class: "town", cx: x, cy: y, r: 2 });
      for (const [left, base] of [[x + 5, y + 4], [x - 5 - wide, y + 4], [x - wide / 2, y - 6], [x - wide / 2, y + 14]] as const) {
        const box = { left, top: base - 9, right: left + wide, bottom: base + 2 };
        if (box.left < 0 || box.right > camera.width || taken.some((other) => overlap(box, other))) continue;
        taken.push(box);
        return [dot, lettering("town-name", left, base, name)];
      }
      return [dot];
    });
  }

  private spots(scene: Scene): SVGElement[] {
    return scene.spots.flatMap((spot) => {
      const { x, y } = this.camera.at(spot);
      if (x < -9 || y < -9 || x > this.camera.width + 9 || y > this.camera.height + 9) return [];
      const sign = { hydrants: "H", health: "+" }[spot.layer] ?? "!";
      const mark = shape("g", { class: `spot spot-${spot.layer}`, "data-spot": spot.id });
      mark.append(shape("rect", { x: x - 7, y: y - 7, width: 14, height: 14, rx: 2 }), lettering("sign", x, y + 4, sign));
      return [mark];
    });
  }

  private moving(scene: Scene): SVGElement[] {
    const { camera } = this;
    const drawn: SVGElement[] = [];
    for (const circle of scene.circles) {
      const ring = circleAround(circle, circle.radius_m).map(([lon, lat]) => corner(camera.at({ lat, lon }))).join(" ");
      drawn.push(shape("polygon", { class: circle.stale ? "circle circle-stale" : "circle", points: ring }));
    }
    for (const [from, to] of links(scene)) {
      const [one, other] = [camera.at(from), camera.at(to)];
      drawn.push(shape("line", { class: "link", x1: one.x, y1: one.y, x2: other.x, y2: other.y }));
    }
    for (const incident of [...scene.incidents].reverse()) {
      const { x, y } = camera.at(incident);
      if (incident.radius_m) drawn.push(shape("circle", { class: "doubt", cx: x, cy: y, r: camera.pixels(incident.radius_m) }));
      const chosen = incident.id === scene.selected ? " chosen" : "";
      const mark = shape("g", { class: `incident incident-p${incident.priority}${chosen}`, "data-incident": incident.id });
      mark.append(...chip(x, y, `${PRIORITY_SIGNS[incident.priority - 1] ?? ""}${incident.number}`));
      drawn.push(mark);
    }
    for (const unit of stacked(scene.units)) {
      const { x, y } = camera.at(unit);
      const mark = shape("g", { class: `unit-mark unit-${unit.status.toLowerCase()}${unit.sure ? "" : " hollow"}`, "data-unit": unit.id });
      mark.append(...chip(x, y - 20 - unit.level * (CHIP_HEIGHT + 2), unit.label));
      drawn.push(mark);
    }
    if (scene.place) {
      const { x, y } = camera.at(scene.place);
      const mark = shape("g", { class: "place-mark" });
      mark.append(...chip(x, y, `◆ ${t("TKP")}`));
      drawn.push(mark);
    }
    return drawn;
  }
}

/** Lines one kilometre apart, counted from the middle; none where they would run together. */
export function gridOf(camera: Camera): { xs: number[]; ys: number[] } {
  const step = camera.pixels(GRID_M);
  if (camera.width / step > GRID_LINES_MAX || camera.height / step > GRID_LINES_MAX) return { xs: [], ys: [] };
  const along = (length: number) => {
    const first = (length / 2) % step;
    return Array.from({ length: Math.ceil((length - first) / step) }, (_, index) => first + index * step);
  };
  return { xs: along(camera.width), ys: along(camera.height) };
}

type Ring = readonly (readonly [number, number])[];

function ringsOf(outlines: Outlines): { level: string; ring: Ring }[] {
  return outlines.features.flatMap(({ properties, geometry }) => {
    const polygons = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates) as readonly (readonly Ring[])[];
    return polygons.flatMap((rings) => rings.map((ring) => ({ level: properties.level, ring })));
  });
}

function chip(x: number, y: number, text: string): SVGElement[] {
  const wide = text.length * LETTER_WIDTH + 8;
  return [
    shape("rect", { x: x - wide / 2, y: y - CHIP_HEIGHT / 2, width: wide, height: CHIP_HEIGHT, rx: 3 }),
    lettering("sign", x, y + 4, text),
  ];
}

function lettering(name: string, x: number, y: number, text: string): SVGElement {
  const made = shape("text", { class: name, x, y });
  made.textContent = text;
  return made;
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
