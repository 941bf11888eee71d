// The part of a screen a map is drawn in: pointer and keys, the lock, the scale, and which of the two ways draws.
import { type Point, type Spot, Camera, roundMetres } from "./map-camera";
import { Follow } from "./map-follow";
import type { Ground, Renderer, Scene } from "./map-scene";
import { SvgRenderer } from "./map-svg";
import { element } from "./parts";
import { t } from "./words";

const DRAG_PIXELS = 4; // a hand that clicks trembles by less
const STEP_PIXELS = 80; // of one arrow key
const WHEEL_PER_ZOOM = 240;
const REACH_PIXELS = 16; // a click this near to a sign means it
const SCALE_PIXELS_MAX = 110;

export type MakeRenderer = (host: HTMLElement, camera: Camera, ground: Ground, lost: () => void) => Promise<Renderer>;

export interface Owner {
  readonly picked: (point: Point) => void; // a place was pointed at
  readonly chosen: (id: string) => void; // a sign was pointed at
  readonly isArmed: () => boolean; // pointing sets a place, instead of choosing
}

export class MapPane {
  readonly view: HTMLElement;
  readonly follow = new Follow();
  private camera: Camera;
  private renderer: Renderer;
  private scene: Scene | undefined;
  private wanted: readonly Point[] = [];
  private readonly lock: HTMLButtonElement;
  private readonly scale: HTMLElement;
  private way = "svg";

  constructor(private readonly host: HTMLElement, private readonly owner: Owner, middle: Point) {
    this.view = element("div", "map-view");
    this.view.tabIndex = 0;
    this.view.setAttribute("role", "application");
    this.view.setAttribute("aria-label", t("Peta. Panah menggeser, + dan − memperbesar, 0 ikut lagi, Enter memilih titik tengah."));
    this.lock = element("button", "map-lock", t("Peta dikunci – tekan 0 untuk ikut")) as HTMLButtonElement;
    this.lock.type = "button";
    this.lock.hidden = true;
    this.lock.addEventListener("click", () => this.followAgain());
    this.scale = element("div", "map-scale");
    this.scale.setAttribute("aria-hidden", "true");
    const cross = element("div", "map-cross", "+");
    cross.setAttribute("aria-hidden", "true");
    host.append(this.view, cross, this.scale, this.lock);
    this.camera = new Camera(middle, 12, this.view.clientWidth, this.view.clientHeight);
    this.renderer = new SvgRenderer(this.view, this.camera);
    this.listen();
    new ResizeObserver(() => this.resized()).observe(this.view);
  }

  /** Which way draws now: "svg" or "gl". */
  get drawnBy(): string {
    return this.way;
  }

  get centre(): Point {
    return this.camera.centre;
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.renderer.draw(scene);
  }

  /** Moves to the points when the set of followed things has changed and nobody holds the map. */
  followSet(set: readonly string[], points: readonly Point[]): void {
    this.wanted = points;
    if (this.follow.changed(set)) this.fit();
  }

  followAgain(): void {
    this.follow.release();
    this.fit();
    this.drawLock();
  }

  release(): void {
    this.follow.release();
    this.drawLock();
  }

  /** Shows one point because somebody asked for it: that is holding the map. */
  lookAt(point: Point): void {
    this.look(this.camera.fitted([point]));
    this.touched();
  }

  /** Exchanges the drawing for the better one when it is ready; stays with this one when it cannot be had. */
  async improve(make: MakeRenderer, ground: Ground): Promise<void> {
    const better = await make(this.view, this.camera, ground, () => this.fallBack());
    this.renderer.remove();
    this.use(better, "gl");
  }

  restyle(): void {
    this.renderer.restyle();
  }

  move(right: number, down: number): void {
    this.look(this.camera.moved(right * STEP_PIXELS, down * STEP_PIXELS));
    this.touched();
  }

  zoom(by: number, around?: Spot): void {
    this.look(this.camera.zoomed(by, around));
    this.touched();
  }

  /** Enter: the place under the cross, or the sign nearest to it. */
  pickCentre(): void {
    this.point({ x: this.camera.width / 2, y: this.camera.height / 2 });
  }

  private fallBack(): void {
    if (this.way === "svg") return;
    this.renderer.remove();
    this.use(new SvgRenderer(this.view, this.camera), "svg");
  }

  private use(renderer: Renderer, way: string): void {
    this.renderer = renderer;
    this.way = way;
    this.host.dataset["drawn"] = way;
    renderer.look(this.camera.centre, this.camera.zoom);
    renderer.resize();
    if (this.scene) renderer.draw(this.scene);
  }

  private fit(): void {
    this.look(this.camera.fitted(this.wanted));
  }

  private look(camera: Camera): void {
    this.camera = camera;
    this.renderer.look(camera.centre, camera.zoom);
    this.drawScale();
  }

  private touched(): void {
    this.follow.touched();
    this.drawLock();
  }

  private drawLock(): void {
    this.lock.hidden = !this.follow.isLocked;
    this.host.dataset["locked"] = String(this.follow.isLocked);
  }

  private drawScale(): void {
    if (!this.camera.width) return;
    const metres = roundMetres(this.camera, SCALE_PIXELS_MAX);
    this.scale.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
    this.scale.style.width = `${this.camera.pixels(metres).toFixed(0)}px`;
  }

  private resized(): void {
    const wasEmpty = !this.camera.width || !this.camera.height;
    this.camera = this.camera.sized(this.view.clientWidth, this.view.clientHeight);
    this.renderer.resize();
    if (wasEmpty || !this.follow.isLocked) this.fit();
    this.drawScale();
  }

  // --- hands -------------------------------------------------------------------------------------------------------

  private readonly fingers = new Map<number, Spot>();
  private dragged = false;

  private listen(): void {
    const { view } = this;
    // The caret stays in *Di mana* while she points at the map: the click is part of filling that field.
    view.addEventListener("mousedown", (event) => this.owner.isArmed() && event.preventDefault());
    view.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (!this.fingers.size) this.dragged = false;
      this.fingers.set(event.pointerId, this.spotOf(event));
      view.setPointerCapture(event.pointerId);
    });
    view.addEventListener("pointermove", (event) => this.dragging(event));
    view.addEventListener("pointercancel", (event) => this.fingers.delete(event.pointerId));
    view.addEventListener("pointerup", (event) => {
      const was = this.fingers.delete(event.pointerId);
      if (was && !this.dragged && !this.fingers.size) this.point(this.spotOf(event));
    });
    view.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.max(-1, Math.min(1, -event.deltaY / WHEEL_PER_ZOOM)), this.spotOf(event));
    }, { passive: false });
  }

  private dragging(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.spotOf(event);
    const [right, down] = [now.x - before.x, now.y - before.y];
    if (!this.dragged && Math.hypot(right, down) < DRAG_PIXELS) return;
    this.dragged = true;
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    if (other) {
      const spread = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.look(this.camera.zoomed(Math.log2(Math.max(0.2, spread)), other));
    } else {
      this.look(this.camera.moved(-right, -down));
    }
    this.touched();
  }

  private spotOf(event: MouseEvent): Spot {
    const box = this.view.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private point(spot: Spot): void {
    if (this.owner.isArmed()) {
      this.owner.picked(this.camera.under(spot));
      return;
    }
    const near = this.near(spot);
    if (near) this.owner.chosen(near);
  }

  /** The nearest sign: incidents before units before fixed points. */
  private near(spot: Spot): string | undefined {
    const { scene } = this;
    if (!scene) return undefined;
    const away = (point: Point) => {
      const { x, y } = this.camera.at(point);
      return Math.hypot(x - spot.x, y - spot.y);
    };
    const kinds = [
      scene.incidents.map((one) => ({ id: `incident:${one.id}`, away: away(one) })),
      scene.units.map((one) => ({ id: `unit:${one.code}`, away: away(one) })),
      scene.spots.map((one) => ({ id: `spot:${one.id}`, away: away(one) })),
    ];
    for (const found of kinds) {
      const best = found.sort((one, other) => one.away - other.away)[0];
      if (best && best.away <= REACH_PIXELS) return best.id;
    }
    return undefined;
  }
}
