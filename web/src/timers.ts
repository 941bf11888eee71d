// Ages and countdowns. Everything that counts on the page ticks here, once a second, from one clock.
import { clockText, meta, now, setServerTime } from "./clock";
import { t } from "./words";

const NEAR = 0.7; // from here on a limit is near: amber and underlined
const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;

/** mm:ss below an hour, then "1 j 20 mnt". The same rule as rendering.duration on the server. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < HOUR_S) {
    const two = (n: number) => String(n).padStart(2, "0");
    return `${two(Math.floor(whole / MINUTE_S))}:${two(whole % MINUTE_S)}`;
  }
  return t("{hours} j {minutes} mnt", {
    hours: Math.floor(whole / HOUR_S),
    minutes: Math.floor(whole / MINUTE_S) % MINUTE_S,
  });
}

/** What is left of a limit; once it has passed, by how much: "−00:12". */
export function countdownText(seconds: number): string {
  return seconds < 0 ? `−${durationText(-seconds)}` : durationText(seconds);
}

export type Level = "" | "near" | "over";

export function levelOf(seconds: number, limit: number): Level {
  if (!(limit > 0)) return "";
  if (seconds > limit) return "over";
  return seconds >= limit * NEAR ? "near" : "";
}

function tickAge(element: HTMLElement, at: number): void {
  const since = Date.parse(element.getAttribute("datetime") ?? "");
  if (Number.isNaN(since)) return;
  const stopped = Date.parse(element.dataset["until"] ?? "");
  const seconds = ((Number.isNaN(stopped) ? at : stopped) - since) / SECOND_MS;
  const limit = Number(element.dataset["limit"] ?? 0);
  const text = "countdown" in element.dataset ? countdownText(limit - seconds) : durationText(seconds);
  if (element.textContent !== text) element.textContent = text;
  const level = levelOf(seconds, limit);
  if ((element.dataset["level"] ?? "") !== level) {
    if (level) element.dataset["level"] = level;
    else delete element.dataset["level"];
  }
}

let lastSignOfLife = 0;

/** Empty panels show the time of the last heartbeat, so that an empty list is proven and not assumed. */
export function heard(at: number): void {
  lastSignOfLife = at;
}

export function tick(root: ParentNode = document): void {
  const at = now();
  for (const element of root.querySelectorAll<HTMLElement>("[data-age]")) tickAge(element, at);
  if (lastSignOfLife) {
    const text = clockText(lastSignOfLife);
    for (const element of root.querySelectorAll("[data-live-clock]")) element.textContent = text;
  }
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = `${clockText(at)} ${meta("timezone")?.dataset["name"] ?? ""}`.trim();
}

export function startTimers(): void {
  setServerTime(meta("now")?.content ?? "");
  const again = () => {
    tick();
    setTimeout(again, SECOND_MS - (now() % SECOND_MS) + 5); // just after the second turns, so no second is skipped
  };
  again();
}
