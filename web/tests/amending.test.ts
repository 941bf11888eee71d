import assert from "node:assert/strict";
import { test } from "node:test";
import { Amender, type Contested } from "../src/amending";
import { type Fields, emptyFields } from "../src/draft";
import type { SheetForm } from "../src/sheet-form";

const page = globalThis as unknown as { document: unknown; window: unknown; fetch: unknown };
page.document = { querySelector: () => null };
page.window = globalThis;

/** A sheet that was sent as "Jl. Melati 3", and a server that answers each PATCH with the next of `answers`. */
function aSheet(answers: object[]) {
  let fields: Fields = { ...emptyFields(), type: "api", what: "api", where: "Jl. Melati 3" };
  const sent: Record<string, unknown>[] = [];
  const asked: { one: Contested; mine: () => void; theirs: () => void }[] = [];
  page.fetch = async (_: string, given: { body: string }) => {
    sent.push(JSON.parse(given.body) as Record<string, unknown>);
    return { ok: true, text: async () => JSON.stringify(answers.shift() ?? {}) };
  };
  const form = {
    get values() {
      return { ...fields };
    },
    load: (next: Fields) => void (fields = { ...fields, ...next }),
    markNotesSent: () => undefined,
    markAnswersSent: () => undefined,
    type: undefined,
  } as unknown as SheetForm;
  const amender = new Amender(
    { id: "i", number: 1, url: "/kejadian/i" }, "s", form, fields, () => undefined, () => undefined,
    (one, mine, theirs) => void asked.push({ one, mine, theirs }),
  );
  return { amender, sent, asked, type: (more: Partial<Fields>) => void (fields = { ...fields, ...more }), values: () => fields };
}
const THEIRS = { changed: false, contested: [{ field: "place", who: "Septi", words: "Jl. Melati 4", fields: { where: "Jl. Melati 4", place: null } }] };

test("what the sheet believed goes along, and only what changed", async () => {
  const { amender, sent, type } = aSheet([{ changed: true, contested: [] }]);
  type({ landmark: "masjid" });
  await amender.amend();
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.["landmark"], "masjid");
  assert.ok(!("where" in sent[0]!));
  assert.deepEqual((sent[0]?.["before"] as Record<string, unknown>)["where"], "Jl. Melati 3");
});

test("a contested field waits for her choice, and hers is then sent over what she has seen", async () => {
  const { amender, sent, asked, type } = aSheet([THEIRS, { changed: true, contested: [] }, { changed: true, contested: [] }]);
  type({ where: "Jl. Melati 5" });
  await amender.amend();
  assert.equal(asked[0]?.one.words, "Jl. Melati 4");

  type({ rt_rw: "3/5" });
  await amender.amend();
  assert.ok(!("where" in sent[1]!)); // nothing is sent over his value before she chooses

  asked[0]?.mine();
  await new Promise((done) => setTimeout(done, 0));
  assert.equal(sent[2]?.["where"], "Jl. Melati 5");
  assert.equal((sent[2]?.["before"] as Record<string, unknown>)["where"], "Jl. Melati 4");
});

test("his value is taken into the sheet and nothing more is sent", async () => {
  const { amender, sent, asked, type, values } = aSheet([THEIRS]);
  type({ where: "Jl. Melati 5" });
  await amender.amend();
  asked[0]?.theirs();
  await amender.amend();
  assert.equal(values().where, "Jl. Melati 4");
  assert.equal(sent.length, 1);
});
