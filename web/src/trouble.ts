// One strip across the screen says what is broken, the most serious first, and goes away by itself. It never takes
// the focus. What only advises may be put aside; it stays aside in this tab until it has been mended once.
import { t } from "./words";

export interface Trouble {
  readonly code: string;
  readonly words: string;
  readonly critical?: boolean;
}

// The first that stands is shown. A desk without telephones is worse than one without a database: people ring.
const ORDER = ["signed-out", "telephony", "database", "line", "worker", "node", "disk", "clock", "messages"];
const ADVICE = new Set(["messages"]);
const ASIDE = "siaga-aside";

const standing = new Map<string, Trouble>();

export function setTrouble(code: string, trouble: Trouble | undefined): void {
  if (trouble) standing.set(code, trouble);
  else if (standing.delete(code)) setAside(code, false);
  render();
}

/** Replaces everything of the given codes by what stands now. */
export function setTroubles(codes: readonly string[], now: readonly Trouble[]): void {
  for (const code of codes) {
    const found = now.find((one) => one.code === code);
    if (found) standing.set(code, found);
    else if (standing.delete(code)) setAside(code, false);
  }
  render();
}

export function mostSerious(all: Iterable<Trouble>, aside: ReadonlySet<string>): Trouble | undefined {
  const rank = (one: Trouble) => (ORDER.indexOf(one.code) + ORDER.length) % ORDER.length;
  return [...all].filter((one) => !aside.has(one.code)).sort((a, b) => rank(a) - rank(b))[0];
}

function aside(): Set<string> {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(ASIDE) ?? "[]") as string[]);
  } catch {
    return new Set(); // a browser that keeps nothing shows the advice again
  }
}

function setAside(code: string, on: boolean): void {
  const codes = aside();
  if (on) codes.add(code);
  else codes.delete(code);
  try {
    sessionStorage.setItem(ASIDE, JSON.stringify([...codes]));
  } catch {
    // see aside()
  }
}

function render(): void {
  const bar = document.getElementById("lost-bar");
  if (!bar) return;
  const worst = mostSerious(standing.values(), aside());
  bar.hidden = !worst;
  bar.dataset["trouble"] = worst?.code ?? "";
  bar.classList.toggle("bar-lost-critical", worst?.critical ?? false);
  if (!worst) {
    bar.replaceChildren();
    return;
  }
  const said = bar.querySelector("span");
  if (said?.textContent === worst.words) return; // the same words again are not read out again
  const line = document.createElement("span");
  line.className = "grow";
  line.textContent = worst.words;
  bar.replaceChildren(line, ...(ADVICE.has(worst.code) ? [button(worst.code)] : []));
}

function button(code: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button-small";
  made.textContent = t("Mengerti");
  made.addEventListener("click", () => {
    setAside(code, true);
    render();
  });
  return made;
}
