import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyFields, newerOf } from "../src/draft";
import { capOf, nameOf } from "../src/keynames";
import { Projection } from "../src/map";
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

test("the map is true to scale and north is up", () => {
  const projection = new Projection([{ lat: -6.7, lon: 108.5 }, { lat: -6.75, lon: 108.55 }]);
  const a = projection.at({ lat: -6.7, lon: 108.5 });
  const b = projection.at({ lat: -6.75, lon: 108.55 });
  assert.ok(a.y < b.y && a.x < b.x);
  assert.ok(Math.abs(projection.pixels(0.05 * 111_195) - (b.y - a.y)) < 0.01);
  assert.ok((b.x - a.x) / (b.y - a.y) > 0.99 * Math.cos((6.725 * Math.PI) / 180) && b.x - a.x < b.y - a.y);
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
