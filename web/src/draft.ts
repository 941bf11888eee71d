// What has been typed is kept twice: on the server within a second, and in this browser at once. The browser's copy
// survives a crash of either; it is dropped when the sheet is finished, and after half a day in any case.
import { meta } from "./clock";
import type { InterviewLine } from "./interview";

export interface Place {
  readonly text: string;
  readonly lat: number;
  readonly lon: number;
  readonly accuracy_m?: number | null;
  readonly code?: string | null;
  readonly kelurahan?: string | null;
  readonly kecamatan?: string | null;
  readonly kind?: string | null;
  readonly note?: string | null;
  readonly more?: string | null; // what to know or to ask, beside kelurahan and kind
  readonly away?: string | null; // how far from the caller's circle, in words
  readonly rt_rw?: string | null;
  readonly words?: string; // those of the typed words it was found by
  readonly name?: string; // as the list calls it
  readonly rank?: number; // its place in the list
  readonly sure?: boolean; // so far ahead that a hasty Enter may take it unread
  readonly unverified?: boolean;
  readonly outside?: boolean;
}

export interface Fields {
  what: string;
  type: string | null;
  type_is_chosen: boolean;
  where: string;
  place: Place | null;
  landmark: string;
  rt_rw: string;
  caller_name: string;
  hazards: string[];
  notes: string;
  notes_sent: string[];
  priority: number | null; // chosen by a person; otherwise the type's, raised by hazards
  answers: InterviewLine[];
  answers_sent: string[]; // which of them the incident has: lineKey()
}

export interface Caret {
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

export interface LocalCopy {
  readonly sheet: string;
  readonly version: number; // of the server's copy this one grew from
  readonly fields: Fields;
  readonly caret: Caret | null;
  readonly saved: boolean; // the server has exactly this
  readonly base?: Fields; // what the fields grew from, so that the server can join both sides after a crash
  readonly at: number;
}

export function emptyFields(): Fields {
  return {
    what: "", type: null, type_is_chosen: false, where: "", place: null, landmark: "", rt_rw: "", caller_name: "",
    hazards: [], notes: "", notes_sent: [], priority: null, answers: [], answers_sent: [],
  };
}

const PREFIX = "siaga-sheet:";
const KEPT_MS_MAX = 12 * 3600 * 1000; // longer than a shift, shorter than a habit of leaving names on a shared desk

function keyOf(sheet: string): string {
  return `${PREFIX}${meta("stream")?.dataset["owner"] ?? ""}:${sheet}`;
}

export function keepCopy(copy: LocalCopy): void {
  try {
    localStorage.setItem(keyOf(copy.sheet), JSON.stringify(copy));
  } catch {
    // full or forbidden storage: the server's copy is the one that counts
  }
}

export function localCopy(sheet: string): LocalCopy | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(sheet)) ?? "null") as LocalCopy | null;
  } catch {
    return null;
  }
}

export function dropCopy(sheet: string): void {
  try {
    localStorage.removeItem(keyOf(sheet));
  } catch {
    // nothing was kept
  }
}

export function dropOldCopies(nowMs: number): void {
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      const copy = JSON.parse(localStorage.getItem(key) ?? "null") as LocalCopy | null;
      if (!copy || nowMs - copy.at > KEPT_MS_MAX) localStorage.removeItem(key);
    }
  } catch {
    // forbidden storage
  }
}

/** Fields that move together, as the server joins them (domain/sheet_merge.py); every other field moves alone. */
const TOGETHER: readonly (readonly (keyof Fields)[])[] = [["what", "type", "type_is_chosen"], ["where", "place"]];

export type Unit = readonly (keyof Fields)[];

export function unitsOf(fields: Fields): Unit[] {
  const grouped = TOGETHER.flat();
  return [...TOGETHER, ...(Object.keys(fields) as (keyof Fields)[]).filter((name) => !grouped.includes(name)).map((name) => [name])];
}

export function same(unit: Unit, one: Fields, other: Fields): boolean {
  return unit.every((name) => JSON.stringify(one[name] ?? null) === JSON.stringify(other[name] ?? null));
}

/** A copy of `fields` with this unit as it is in `from`. */
export function withUnit(fields: Fields, unit: Unit, from: Fields): Fields {
  return { ...fields, ...Object.fromEntries(unit.map((name) => [name, from[name]])) };
}

/** Which text to show after a reload: this browser's, unless the server has a newer one from elsewhere. */
export function newerOf(server: { version: number; fields: Fields }, local: LocalCopy | null): { fields: Fields; unsaved: boolean } {
  if (!local || local.saved || (local.version < server.version && !local.base)) return { fields: server.fields, unsaved: false };
  return { fields: local.fields, unsaved: true };
}
