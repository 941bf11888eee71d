import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyFields, newerOf } from "../src/draft";
import { capOf, nameOf } from "../src/keynames";
import { Camera, circleAround, roundMetres } from "../src/map-camera";
import { Follow } from "../src/map-follow";
import { difference, links, stacked } from "../src/map-scene";
import { linesToSend } from "../src/notes";
import { orderKept } from "../src/order";
import { pagesOf } from "../src/playlist";
import { SseParser } from "../src/stream";
import { countdownText, durationText, levelOf } from "../src/timers";
import { meterLevel } from "../src/meter";
import { mostSerious } from "../src/trouble";
import { fill } from "../src/words";

const press = (key: string, code: string, held = "") => ({
  key,
  code,
  ctrlKey: held.includes("C"),
  altKey: held.includes("A"),
  shiftKey: held.includes("S"),
  metaKey: false,
});

test("keys are named as the registry writes them", () => {
  assert.equal(nameOf(press("Enter", "Enter", "C")), "Ctrl+Enter");
  assert.equal(nameOf(press("F6", "F6", "S")), "Shift+F6");
  assert.equal(nameOf(press("¡", "Digit1", "A")), "Alt+1");
  assert.equal(nameOf(press("2", "Numpad2")), "2");
  assert.equal(nameOf(press("?", "Slash", "S")), "?");
  assert.equal(nameOf(press("d", "KeyD")), "D");
  assert.equal(nameOf(press("!", "Digit1", "S")), "!");
  assert.equal(capOf("Escape"), "Esc");
});

test("an event stream cut anywhere is read the same", () => {
  const text = 'id: 7\r\nevent: change\r\ndata: {"a":1}\r\n\r\n: comment\n\nevent: pulse\ndata: one\ndata: two\n\nevent: resync\n\n';
  for (let size = 1; size <= text.length; size++) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(events, [
      { event: "change", data: '{"a":1}', id: "7" },
      { event: "pulse", data: "one\ntwo", id: undefined },
      { event: "resync", data: "", id: undefined },
    ]);
  }
});

test("durations read like a clock, then in hours", () => {
  assert.equal(durationText(6.9), "00:06");
  assert.equal(durationText(3599), "59:59");
  assert.equal(durationText(4800), "1 j 20 mnt");
  assert.equal(durationText(-3), "00:00");
  assert.equal(countdownText(-12.4), "−00:12");
});

test("a limit is near at 70 % and passed after 100 %", () => {
  assert.deepEqual([41, 42, 60, 60.1].map((seconds) => levelOf(seconds, 60)), ["", "near", "near", "over"]);
  assert.equal(levelOf(999, 0), "");
});

test("a list keeps its rows where they are and puts new ones last", () => {
  assert.deepEqual(orderKept(["9", "3", "1"], ["1", "2", "3"]), ["1", "3", "9"]);
  assert.deepEqual(orderKept([], ["1"]), []);
});

test("a note is sent once, when its line is complete", () => {
  assert.deepEqual(linesToSend("14:07 api\n14:08 anak", [], false), ["14:07 api"]);
  assert.deepEqual(linesToSend("14:07 api\n14:08 anak", ["14:07 api"], true), ["14:08 anak"]);
  assert.deepEqual(linesToSend("14:07 \n\n", [], true), []);
});

test("the browser's copy wins only over the version it grew from", () => {
  const server = { version: 3, fields: { ...emptyFields(), what: "server" } };
  const local = { sheet: "s", version: 3, fields: { ...emptyFields(), what: "local" }, caret: null, saved: false, at: 0 };
  assert.equal(newerOf(server, local).fields.what, "local");
  assert.equal(newerOf(server, { ...local, version: 2 }).fields.what, "server");
  assert.equal(newerOf(server, { ...local, saved: true }).fields.what, "server");
  assert.equal(newerOf(server, null).unsaved, false);
});

test("gaps are filled, unknown gaps stay visible", () => {
  assert.equal(fill("{n} dari {total}", { n: 1 }), "1 dari {total}");
});

const CITY = new Camera({ lat: -6.73, lon: 108.55 }, 13, 400, 300);

test("the map is true to scale, north is up, and a click finds what was drawn there", () => {
  const a = CITY.at({ lat: -6.7, lon: 108.5 });
  const b = CITY.at({ lat: -6.75, lon: 108.55 });
  assert.ok(a.y < b.y && a.x < b.x);
  assert.ok(Math.abs(CITY.pixels(0.05 * 111_320) - (b.y - a.y)) < 0.5);
  const back = CITY.under(CITY.at({ lat: -6.741, lon: 108.533 }));
  assert.ok(Math.abs(back.lat + 6.741) < 1e-9 && Math.abs(back.lon - 108.533) < 1e-9);
});

test("nearer keeps what lies under the pointer, and a map shows all it is told to", () => {
  const under = { x: 300, y: 40 };
  const held = CITY.under(under);
  const nearer = CITY.zoomed(1.5, under).at(held);
  assert.ok(Math.hypot(nearer.x - under.x, nearer.y - under.y) < 0.01);
  const points = [{ lat: -6.7, lon: 108.5 }, { lat: -6.8, lon: 108.62 }, { lat: -6.72, lon: 108.51 }];
  const fitted = CITY.fitted(points);
  for (const point of points) {
    const { x, y } = fitted.at(point);
    assert.ok(x > 30 && x < 370 && y > 30 && y < 270);
  }
  assert.equal(CITY.fitted([points[0]!]).zoom, 16);
  assert.equal(CITY.fitted([]), CITY);
});

test("a circle has its true size on the ground", () => {
  const middle = { lat: -6.73, lon: 108.55 };
  for (const [lon, lat] of circleAround(middle, 410)) {
    const north = (lat - middle.lat) * 111_195;
    const east = (lon - middle.lon) * 111_195 * Math.cos((middle.lat * Math.PI) / 180);
    assert.ok(Math.abs(Math.hypot(north, east) - 410) < 1);
  }
  assert.equal(roundMetres(CITY, 90) * CITY.pixels(1) <= 90, true);
});

test("the map moves by itself only when the set changes, never under a hand", () => {
  const follow = new Follow();
  assert.equal(follow.changed(["a", "b"]), true);
  assert.equal(follow.changed(["b", "a"]), false);
  assert.equal(follow.changed(["a", "b", "c"]), true);
  follow.touched();
  assert.equal(follow.changed(["a"]), false);
  follow.release();
  assert.equal(follow.changed(["a"]), false);
  assert.equal(follow.changed(["a", "d"]), true);
});

const unit = (code: string, more: object = {}) => ({ code, status: "SD", what: "", lat: -6.7, lon: 108.5, sure: false, incident: null, ...more });
const ground = { edition: "", attribution: "", sample: false, basemap: null, roads: null, bounds: [0, 0, 1, 1] as [number, number, number, number], outlines: { type: "FeatureCollection" as const, features: [] }, towns: [], spots: [] };

test("units at one post stand above each other, and many become a number", () => {
  assert.deepEqual(stacked([unit("A"), unit("B")]).map((chip) => [chip.label, chip.level]), [["A SD", 0], ["B SD", 1]]);
  assert.deepEqual(stacked("ABCDEF".split("").map((code) => unit(code))).map((chip) => chip.label), ["A SD", "B SD", "C SD", "+3"]);
});

test("only the chosen incident has lines to its units", () => {
  const incident = (id: string) => ({ id, number: 1, priority: 1, name: "", place: "", lat: -6.71, lon: 108.51, radius_m: 0, vague: false });
  const scene = { ground, incidents: [incident("i"), incident("j")], units: [unit("A", { incident: "i" }), unit("B", { incident: "j" }), unit("C", { incident: "i", sure: true })], spots: [], circles: [], place: null, selected: null as string | null };
  assert.deepEqual(links(scene), []);
  assert.equal(links({ ...scene, selected: "i" }).length, 1);
});

test("only what changed is drawn again", () => {
  const first = difference(new Map(), [{ id: "a", at: 1 }, { id: "b", at: 1 }]);
  assert.deepEqual([first.add.length, first.remove], [2, []]);
  const next = difference(first.known, [{ id: "b", at: 2 }]);
  assert.deepEqual([next.add, next.remove], [[{ id: "b", at: 2 }], ["a"]]);
  assert.deepEqual(difference(next.known, [{ id: "b", at: 2 }]).add, []);
});

test("the meter is silent at silence and full at a loud voice", () => {
  assert.equal(meterLevel(new Float32Array(512)), 0);
  assert.equal(meterLevel(new Float32Array(512).fill(0.5)), 5);
  assert.ok(meterLevel(new Float32Array(512).fill(0.02)) >= 1);
});

test("a wall that is too small shows its tiles in turn, each page as full as it goes", () => {
  assert.deepEqual(pagesOf([2, 1, 1, 1, 1], 4), [[0, 1, 2], [3, 4]]);
  assert.deepEqual(pagesOf([1, 1, 1, 2], 4), [[0, 1, 2], [3]]);
  assert.deepEqual(pagesOf([2, 1], 15), [[0, 1]]);
});

test("one strip: the most serious trouble first, what was put aside not at all", () => {
  const all = ["messages", "line", "database", "telephony", "disk"].map((code) => ({ code, words: code }));
  const order: (string | undefined)[] = [];
  for (let left = all; left.length; left = left.filter((one) => one.code !== order.at(-1))) {
    order.push(mostSerious(left, new Set())?.code);
  }
  assert.deepEqual(order, ["telephony", "database", "line", "disk", "messages"]);
  assert.equal(mostSerious(all.slice(0, 1), new Set(["messages"])), undefined);
});
