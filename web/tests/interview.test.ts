import assert from "node:assert/strict";
import { test } from "node:test";
import { type InterviewLine, type Plan, nextInstruction, nextQuestion, standing } from "../src/interview";
import { heardIn } from "../src/heard";
import { urgencyOf } from "../src/urgency";

const answer = (text: string, more: object = {}) => ({ text, next: "", hazard: "", tell: "", ...more });
const PLAN: Plan = {
  type: "api",
  edition: "api@1",
  approved_by: null,
  units: [],
  questions: [
    { code: "keluar", text: "Semua keluar?", answers: [answer("Ya", { next: "luka" }), answer("Belum", { tell: "Keluar!" })] },
    { code: "berapa", text: "Berapa orang?", answers: [] },
    { code: "luka", text: "Ada yang luka?", answers: [answer("Ya", { next: "keluar" }), answer("Tidak", { next: "selesai" })] },
    { code: "sisa", text: "Apa lagi?", answers: [] },
  ],
  instructions: ["Jauhi asap.", "Tunggu di jalan."],
};
const line = (question: string, text: string, said: InterviewLine["said"] = "answered", asked = ""): InterviewLine => ({
  question: `api:${question}`, said, asked, text, edition: "api@1", at: "2026-11-22T07:00:00Z",
});
const asked = (...lines: InterviewLine[]) => nextQuestion(PLAN, standing(lines))?.code;

test("one question at a time, along the way the answers lead", () => {
  assert.equal(asked(), "keluar");
  assert.equal(asked(line("keluar", "Belum")), "berapa");
  assert.equal(asked(line("keluar", "Ya")), "luka");
  assert.equal(asked(line("keluar", "Ya"), line("luka", "Tidak")), undefined);
  assert.equal(asked(line("keluar", "", "skipped")), "berapa");
});

test("a table that leads back does not ask for ever", () => {
  assert.equal(asked(line("keluar", "Ya"), line("luka", "Ya")), "sisa");
});

test("an answer taken back is asked again, and another type's answers count for nothing", () => {
  assert.equal(asked(line("keluar", "Ya"), line("keluar", "", "taken_back")), "keluar");
  assert.equal(nextQuestion(PLAN, standing([{ ...line("keluar", "Ya"), question: "laka:keluar" }]))?.code, "keluar");
});

test("what an answer calls for is read out before the plan's own words, each once", () => {
  const told = (...lines: InterviewLine[]) => nextInstruction(PLAN, standing(lines));
  assert.equal(told(), "Jauhi asap.");
  const first = line("keluar", "Belum");
  assert.equal(told(first), "Keluar!");
  assert.equal(told(first, line("p1", "", "told", "Keluar!")), "Jauhi asap.");
  const all = ["Keluar!", "Jauhi asap.", "Tunggu di jalan."].map((text, at) => line(`p${at}`, "", "told", text));
  assert.equal(told(first, ...all), undefined);
});

test("a hazard raises, only a person lowers, and what is sent is not lowered by taking a hazard away", () => {
  const hazards = [{ code: "terjebak", name: "Terjebak", raises_to: 1 }, { code: "luka", name: "Luka", raises_to: null }];
  assert.deepEqual(urgencyOf(2, hazards, [], null, undefined), { priority: 2, raisedBy: undefined });
  assert.deepEqual(urgencyOf(2, hazards, ["terjebak"], null, undefined), { priority: 1, raisedBy: "Terjebak" });
  assert.deepEqual(urgencyOf(2, hazards, ["luka"], null, undefined), { priority: 2, raisedBy: undefined });
  assert.deepEqual(urgencyOf(2, hazards, ["terjebak"], 2, 1), { priority: 2, raisedBy: undefined });
  assert.deepEqual(urgencyOf(2, hazards, [], null, 1), { priority: 1, raisedBy: "" });
  assert.deepEqual(urgencyOf(1, hazards, ["terjebak"], null, undefined), { priority: 1, raisedBy: undefined });
});

test("a local word is explained when it was said as a whole word, traps first", () => {
  const words = ["getih", "kita", "è dimma"].map((text) => ({ text, spoken: "", means: "", ask: "", trap: text === "kita", confirmed: false }));
  const heard = (text: string) => heardIn(words, text).map((word) => word.text);
  assert.deepEqual(heard("akeh getih, kita tiba"), ["kita", "getih"]);
  assert.deepEqual(heard("kitabnya terbakar"), []);
  assert.deepEqual(heard("E DIMMA?"), ["è dimma"]);
});
