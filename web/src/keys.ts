// The one owner of the keyboard. shortcuts.json says which keys exist; a key is delivered to exactly one handler.
// A shortcut nobody handles in code presses the button marked data-shortcut="<id>"; a list letter presses the
// button marked data-key="<letter>" of the focused row, or of its list.
import registry from "../shortcuts.json";
import { capOf, nameOf } from "./keynames";
import { KEYS_CHANNEL, ownKeys, type OwnKeys } from "./own-keys";
import { refresh, releaseOrder } from "./panels";

export interface Shortcut {
  readonly id: string;
  readonly keys: readonly string[];
  readonly scope?: string; // "free": not while typing; "list": a row has the focus; "map": a map has; "after <id>": second key of a chord
  readonly screens: readonly string[];
  readonly group: string;
  readonly label: string;
}

/** Returns false when it had nothing to do, so that the key keeps its usual meaning. */
export type Handler = () => boolean | void;

let own: OwnKeys = ownKeys();
export let SHORTCUTS: readonly Shortcut[] = withOwn(own);
const CHORD_MS_MAX = 6000; // after this the second key means itself again

/** The registry with this person's keys in the place of the usual first ones. */
function withOwn({ keys }: OwnKeys): readonly Shortcut[] {
  const mine = new Map(keys);
  return (registry as readonly Shortcut[]).map((shortcut) => {
    const key = mine.get(shortcut.id);
    return key ? { ...shortcut, keys: [key, ...shortcut.keys.slice(1).filter((usual) => usual !== key)] } : shortcut;
  });
}

/** Other keys were chosen in another tab: handlers, caps, aria-keyshortcuts and F1 follow without a reload. */
function follow(next: OwnKeys): void {
  if (next.owner !== own.owner) return;
  const before = new Map(shortcutsHere().map((shortcut) => [ariaOf(shortcut), shortcut.id]));
  own = next;
  SHORTCUTS = withOwn(own);
  const now = new Map(SHORTCUTS.map((shortcut) => [shortcut.id, shortcut]));
  for (const cap of document.querySelectorAll<HTMLElement>("[data-cap]")) {
    cap.textContent = capOf(now.get(cap.dataset["cap"] ?? "")?.keys[0] ?? "");
  }
  for (const control of document.querySelectorAll("[aria-keyshortcuts]")) {
    const shortcut = now.get(before.get(control.getAttribute("aria-keyshortcuts") ?? "") ?? "");
    if (shortcut) control.setAttribute("aria-keyshortcuts", ariaOf(shortcut));
  }
}

function ariaOf(shortcut: Shortcut): string {
  return shortcut.keys.join(" ").replaceAll("Ctrl", "Control");
}

/** A single printable character: it can be switched off, because speech input and tremor press it by accident. */
function isLetter(name: string): boolean {
  return name.length === 1;
}

const handlers = new Map<string, Handler>();
const closers: Handler[] = [];
let chord: string | undefined;
let chordTimer: number | undefined;

export function handle(id: string, handler: Handler): void {
  if (!SHORTCUTS.some((shortcut) => shortcut.id === id)) throw new Error(`no shortcut ${id} in shortcuts.json`);
  handlers.set(id, handler);
}

/** Something that Escape closes. The one registered last is asked first. */
export function onEscape(closer: Handler): void {
  closers.unshift(closer);
}

export function shortcutsHere(): Shortcut[] {
  const screen = document.body.dataset["screen"] ?? "";
  return SHORTCUTS.filter((shortcut) => shortcut.screens.includes(screen));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"))
  );
}

function focusedRow(): HTMLElement | null {
  const active = document.activeElement;
  return active instanceof HTMLElement && active.matches("[data-row]") ? active : null;
}

function onMap(): boolean {
  return document.activeElement?.matches(".map-view") ?? false;
}

function inScope(shortcut: Shortcut, target: EventTarget | null, name: string): boolean {
  if (!shortcut.scope) return true;
  if (own.lettersOff && isLetter(name) && !shortcut.scope.startsWith("after ")) return false;
  if (shortcut.scope === "free") return !isTyping(target);
  if (shortcut.scope === "list") return focusedRow() !== null;
  if (shortcut.scope === "list map") return onMap() || focusedRow() !== null;
  if (shortcut.scope === "map") return onMap();
  return shortcut.scope === `after ${chord}`;
}

export function openChord(id: string): void {
  chord = id;
  clearTimeout(chordTimer);
  chordTimer = window.setTimeout(closeChord, CHORD_MS_MAX);
  document.dispatchEvent(new CustomEvent("siaga:chord", { detail: { id } }));
}

export function closeChord(): boolean {
  const was = chord;
  chord = undefined;
  clearTimeout(chordTimer);
  if (was) document.dispatchEvent(new CustomEvent("siaga:chord", { detail: { id: undefined, closed: was } }));
  return was !== undefined;
}

function press(button: HTMLElement | null | undefined): boolean {
  if (!button || button.matches(":disabled, [aria-disabled=true]") || !button.getClientRects().length) return false;
  button.click();
  return true;
}

function run(shortcut: Shortcut): boolean {
  const own = handlers.get(shortcut.id);
  if (own) return own() !== false;
  const letter = shortcut.keys[0] ?? "";
  if (shortcut.scope === "list") {
    const row = focusedRow();
    const marked = `[data-key="${letter}"]`;
    return press(row?.querySelector<HTMLElement>(marked) ?? row?.closest("[data-panel]")?.querySelector<HTMLElement>(marked));
  }
  return press(document.querySelector<HTMLElement>(`[data-shortcut="${shortcut.id}"]`));
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented || ["Control", "Alt", "Shift", "Meta"].includes(event.key)) return;
  const name = nameOf(event);
  const here = shortcutsHere().filter((shortcut) => shortcut.keys.includes(name) && inScope(shortcut, event.target, name));
  const narrow = (scope: string) => here.find((shortcut) => shortcut.scope?.startsWith(scope));
  const chosen = narrow("after ") ?? narrow("map") ?? here[0];
  if (event.repeat && chosen && !name.startsWith("Arrow")) {
    event.preventDefault();
    return;
  }
  if (chord && !chosen?.scope?.startsWith("after ") && name !== "Escape") closeChord();
  if (!chosen) return;
  const wasChord = chord;
  if (!run(chosen)) return;
  if (wasChord && chord === wasChord) closeChord();
  event.preventDefault();
  event.stopImmediatePropagation();
  document.dispatchEvent(new CustomEvent("siaga:command", { detail: { id: chosen.id, key: name } }));
}

// --- panels as regions: F6 ------------------------------------------------------------------------------------

const lastFocused = new WeakMap<HTMLElement, HTMLElement>();
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select, textarea, [data-row], [tabindex='0']";

function regions(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((region) => region.getClientRects().length);
}

function moveRegion(step: 1 | -1): boolean {
  const all = regions();
  if (!all.length) return false;
  const at = all.findIndex((region) => region.contains(document.activeElement));
  const next = all[(at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step + all.length) % all.length];
  return next !== undefined && enterRegion(next);
}

/** The focus goes into this region: to what had it there last, or else to its list's row, or to the first that can take it. */
export function enterRegion(region: HTMLElement): boolean {
  const row = region.matches("[data-panel]") ? region.querySelector<HTMLElement>("[data-row][tabindex='0']") : null;
  const target = [lastFocused.get(region), row, ...region.querySelectorAll<HTMLElement>(FOCUSABLE)].find((one) => one && region.contains(one) && one.checkVisibility());
  (target ?? region).focus();
  if (!region.contains(document.activeElement)) region.focus(); // what cannot take it must not end the round here
  return true;
}

// --- lists ----------------------------------------------------------------------------------------------------

function moveRow(step: 1 | -1): boolean {
  const row = focusedRow();
  const rows = [...(row?.closest("[data-list]")?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  const next = row ? rows[rows.indexOf(row) + step] : undefined;
  if (!row || !next) return row !== null;
  row.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  return true;
}

function openRow(): boolean {
  const row = focusedRow();
  if (!row) return false;
  const link = row.querySelector<HTMLElement>("[data-open]");
  if (link) link.click();
  else row.click();
  return true;
}

function sortNow(): boolean {
  const panel = focusedRow()?.closest<HTMLElement>("[data-panel]");
  if (!panel) return false;
  void releaseOrder(panel).then(() => refresh(panel, 0));
  return true;
}

/** Exactly one row of a list is in the tab order; the arrows move from there. */
function tidyTabOrder(root: ParentNode): void {
  for (const list of root.querySelectorAll<HTMLElement>("[data-list]")) {
    const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
    const current = rows.find((row) => row === document.activeElement) ?? rows.find((row) => row.tabIndex === 0) ?? rows[0];
    for (const row of rows) row.tabIndex = row === current ? 0 : -1;
  }
}

export function startKeys(): void {
  addEventListener("keydown", onKeyDown, { capture: true });
  new BroadcastChannel(KEYS_CHANNEL).onmessage = (event: MessageEvent<OwnKeys>) => follow(event.data);
  document.addEventListener("focusin", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLElement)) return;
    const region = target.closest<HTMLElement>("[data-region]");
    if (region && region !== target) lastFocused.set(region, target);
  });
  document.addEventListener("siaga:panel", (event) => tidyTabOrder(event.target as Element));
  document.addEventListener("click", (event) => {
    const row = (event.target as Element).closest?.("[data-row]");
    const isControl = (event.target as Element).closest?.("a, button, input, select, textarea, label");
    if (row && !isControl) row.querySelector<HTMLElement>("[data-open]")?.click();
  });
  tidyTabOrder(document);
  handle("next_panel", () => moveRegion(1));
  handle("previous_panel", () => moveRegion(-1));
  handle("list_up", () => moveRow(-1));
  handle("list_down", () => moveRow(1));
  handle("list_open", openRow);
  handle("list_sort", sortNow);
  handle("close", () => closeChord() || closers.some((closer) => closer() !== false));
}
