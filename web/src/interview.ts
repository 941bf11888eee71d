// The response plan on the sheet: one question and one instruction at a time. Nothing waits for it: every question can
// be skipped, and it goes on after sending. What was said is a list that only grows; a correction is one more line.
import { hourText, now } from "./clock";
import { call } from "./http";
import { element, keyCap } from "./parts";
import { t } from "./words";

export interface PlanAnswer {
  readonly text: string;
  readonly next: string;
  readonly hazard: string;
  readonly tell: string;
}

export interface PlanQuestion {
  readonly code: string;
  readonly text: string;
  readonly answers: readonly PlanAnswer[];
}

/** A type's plan as GET /meja/rencana answers it. */
export interface Plan {
  readonly type: string;
  readonly edition: string;
  readonly approved_by: string | null;
  readonly units: readonly { readonly kind: string; readonly number: number }[];
  readonly questions: readonly PlanQuestion[];
  readonly instructions: readonly string[];
}

/** One line of the interview. `question` is the type and the question's code, so that plans do not mix. */
export interface InterviewLine {
  readonly question: string;
  readonly said: "answered" | "skipped" | "told" | "taken_back";
  readonly asked: string;
  readonly text: string;
  readonly edition: string;
  readonly at: string;
}

export interface InterviewHooks {
  readonly lines: () => readonly InterviewLine[];
  readonly add: (line: InterviewLine) => void;
  readonly hazard: (code: string) => void;
}

export const FINISHED = "selesai"; // as the next question: there is none
const ANSWER_KEYS = ["Alt+5", "Alt+6", "Alt+7", "Alt+8"];
const SKIP_KEY = "Alt+9";
const TOLD_KEY = "Alt+0";
const LAST_SHOWN_MAX = 2;
const TEXT_LETTERS_MAX = 200;

/** Names a line, so that two screens agree which ones were sent. */
export function lineKey(line: InterviewLine): string {
  return `${line.question} ${line.said} ${line.at}`;
}

/** What counts now: the last line of each question that was not taken back, in the order they were said. */
export function standing(lines: readonly InterviewLine[]): Map<string, InterviewLine> {
  const found = new Map<string, InterviewLine>();
  for (const line of lines) {
    found.delete(line.question);
    if (line.said !== "taken_back") found.set(line.question, line);
  }
  return found;
}

/** The first question that is neither answered nor skipped, along the way the answers lead. */
export function nextQuestion(plan: Plan, said: ReadonlyMap<string, InterviewLine>): PlanQuestion | undefined {
  for (let at = 0; at < plan.questions.length; ) {
    const question = plan.questions[at]!;
    const line = said.get(nameOf(plan, question.code));
    if (!line) return question;
    const given = question.answers.find((answer) => answer.text === line.text);
    const named = given?.next ? plan.questions.findIndex((one) => one.code === given.next) : -1;
    if (given?.next === FINISHED) return undefined;
    at = named > at ? named : at + 1; // a table never leads back: it would ask for ever
  }
  return undefined;
}

/** What to read out now: what the last answer calls for, else the first instruction not read out yet. */
export function nextInstruction(plan: Plan, said: ReadonlyMap<string, InterviewLine>): string | undefined {
  const told = new Set([...said.values()].filter((line) => line.said === "told").map((line) => line.asked));
  const urgent = [...said.values()].reverse().flatMap((line) => answerOf(plan, line)?.tell ?? []);
  return [...urgent, ...plan.instructions].find((text) => text && !told.has(text));
}

function nameOf(plan: Plan, code: string): string {
  return `${plan.type}:${code}`;
}

function answerOf(plan: Plan, line: InterviewLine): PlanAnswer | undefined {
  const question = plan.questions.find((one) => nameOf(plan, one.code) === line.question);
  return question?.answers.find((answer) => answer.text === line.text);
}

export class Interview {
  private plan: Plan | undefined;
  private type: string | undefined;
  private readonly known = new Map<string, Plan>();

  constructor(
    private readonly box: HTMLElement,
    private readonly hooks: InterviewHooks,
  ) {
    box.addEventListener("mousedown", (event) => {
      if ((event.target as Element).closest("button")) event.preventDefault(); // the field keeps the focus
    });
    box.addEventListener("click", (event) => this.clicked(event.target as Element));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement && !event.isComposing) this.typed(event.target);
    });
  }

  /** Another type, another plan. What was answered stays; it is shown with its own words on the incident. */
  async follow(type: string | undefined): Promise<void> {
    if (type === this.type) return;
    this.type = type;
    this.plan = type ? this.known.get(type) : undefined;
    this.draw();
    if (!type || this.plan) return;
    this.box.dataset["state"] = "loading";
    try {
      const plan = await call<Plan>("GET", `/meja/rencana?jenis=${encodeURIComponent(type)}`);
      this.known.set(type, plan);
      if (type === this.type) this.plan = plan;
      this.draw();
    } catch {
      if (type === this.type) this.type = undefined; // asked again with the next key; the sheet works without a plan
      this.box.dataset["state"] = "error";
    }
  }

  answerAt(index: number): boolean {
    const question = this.question;
    if (!question) return false;
    if (!question.answers.length) {
      const field = this.box.querySelector<HTMLInputElement>("input");
      if (index === 0) field?.focus();
      return index === 0;
    }
    const answer = question.answers[index];
    if (!answer) return false;
    this.say(nameOf(this.plan!, question.code), "answered", question.text, answer.text);
    if (answer.hazard) this.hooks.hazard(answer.hazard);
    return true;
  }

  skip(): boolean {
    const question = this.question;
    if (!question) return false;
    this.say(nameOf(this.plan!, question.code), "skipped", question.text, "");
    return true;
  }

  told(): boolean {
    const plan = this.plan;
    const text = plan && nextInstruction(plan, standing(this.hooks.lines()));
    if (!plan || !text) return false;
    this.say(nameOf(plan, `p${[...standing(this.hooks.lines()).values()].filter((line) => line.said === "told").length + 1}`), "told", text, "");
    return true;
  }

  /** The last answer was wrong: it is struck, and its question is asked again. */
  takeBack(): boolean {
    const last = this.ownLines().at(-1);
    if (!last) return false;
    this.say(last.question, "taken_back", last.asked, "");
    return true;
  }

  draw(): void {
    const plan = this.plan;
    const said = standing(this.hooks.lines());
    const question = plan && nextQuestion(plan, said);
    const instruction = plan && nextInstruction(plan, said);
    const last = this.ownLines().slice(-LAST_SHOWN_MAX);
    const parts = [question && this.drawQuestion(plan, question), instruction && this.drawInstruction(instruction), last.length && this.drawSaid(last)];
    this.box.hidden = !parts.some(Boolean);
    this.box.dataset["state"] = plan ? (question || instruction ? "live" : "empty") : "empty";
    this.box.replaceChildren(...parts.filter((part): part is HTMLElement => part instanceof HTMLElement));
  }

  private get question(): PlanQuestion | undefined {
    return this.plan && nextQuestion(this.plan, standing(this.hooks.lines()));
  }

  /** The answers and skips of this plan that count, as they were said. */
  private ownLines(): InterviewLine[] {
    const type = this.type;
    return [...standing(this.hooks.lines()).values()].filter((line) => line.said !== "told" && line.question.startsWith(`${type}:`));
  }

  private say(question: string, said: InterviewLine["said"], asked: string, text: string): void {
    this.hooks.add({ question, said, asked, text, edition: this.plan?.edition ?? "", at: new Date(now()).toISOString() });
    this.draw();
  }

  private typed(field: HTMLInputElement): void {
    const text = field.value.trim();
    const question = this.question;
    if (!text || !question) return;
    this.say(nameOf(this.plan!, question.code), "answered", question.text, text);
    this.box.querySelector<HTMLElement>("input, button")?.focus();
  }

  private clicked(target: Element): void {
    const act = target.closest<HTMLElement>("button")?.dataset["interview"] ?? "";
    if (act === "skip") this.skip();
    else if (act === "told") this.told();
    else if (act === "back") this.takeBack();
    else if (act) this.answerAt(Number(act));
  }

  private drawQuestion(plan: Plan, question: PlanQuestion): HTMLElement {
    const line = element("p", "interview-ask", element("b", "", t("Tanyakan:")), ` “${question.text}” `);
    line.setAttribute("aria-live", "polite");
    line.append(element("span", "tertiary", `${plan.questions.indexOf(question) + 1}/${plan.questions.length}`));
    if (!plan.approved_by) line.append(" ", element("span", "chip chip-plain interview-unapproved", t("belum disetujui")));
    const answers = element("div", "row wrap interview-answers");
    question.answers.forEach((answer, index) => answers.append(act(String(index), ANSWER_KEYS[index] ?? "", answer.text)));
    if (!question.answers.length) {
      const field = element("input", "input input-small") as HTMLInputElement;
      field.maxLength = TEXT_LETTERS_MAX;
      field.autocomplete = "off";
      field.setAttribute("aria-label", question.text);
      field.setAttribute("aria-keyshortcuts", ANSWER_KEYS[0]!);
      answers.append(keyCap(ANSWER_KEYS[0]!), field);
    }
    const head = element("div", "interview-head row", line, act("skip", SKIP_KEY, t("Lewati"), "button-ghost"));
    return element("div", "interview-question", head, answers);
  }

  private drawInstruction(text: string): HTMLElement {
    const line = element("p", "interview-tell row", element("span", "grow", element("b", "", t("Sampaikan:")), ` “${text}”`));
    line.append(act("told", TOLD_KEY, t("Sudah"), "button-ghost"));
    return line;
  }

  private drawSaid(last: readonly InterviewLine[]): HTMLElement {
    const words = last.map((line) => `${hourText(Date.parse(line.at))} ${line.asked} ${line.text || t("dilewati")}`).join(" · ");
    const line = element("p", "interview-said row", element("span", "grow cut tertiary", words));
    line.append(act("back", "", t("Ubah jawaban terakhir"), "button-ghost"));
    return line;
  }
}

function act(what: string, key: string, words: string, more = ""): HTMLElement {
  const button = element("button", `button button-small ${more}`.trim(), ...(key ? [keyCap(key)] : []), words) as HTMLButtonElement;
  button.type = "button";
  button.dataset["interview"] = what;
  if (key) button.setAttribute("aria-keyshortcuts", key);
  return button;
}
