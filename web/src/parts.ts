// The few parts of a screen that the browser draws itself; the same look as templates/macros.html.
import { capOf } from "./keynames";
import { t } from "./words";

const SHAPES = ["◆", "▲", "●", "○"] as const;

export function element(name: string, className = "", ...inside: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}

export function priorityName(priority: number): string {
  return [t("Kritis"), t("Tinggi"), t("Sedang"), t("Rendah")][priority - 1] ?? "";
}

export function priorityChip(priority: number, long = false): HTMLElement {
  const mark = element("span", "priority-mark", SHAPES[priority - 1] ?? "");
  mark.setAttribute("aria-hidden", "true");
  return element("span", `chip chip-p${priority}`, mark, `P${priority}`, ...(long ? [` ${priorityName(priority).toUpperCase()}`] : []));
}

export function keyCap(name: string): HTMLElement {
  const cap = element("kbd", "key", capOf(name));
  cap.setAttribute("aria-hidden", "true");
  return cap;
}
