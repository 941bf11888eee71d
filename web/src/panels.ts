// Panels fetch their inside from the server when the journal says something changed, and are morphed in place:
// focus, caret and the order under a person's fingers stay.
import { meta } from "./clock";
import { Refused, request } from "./http";
import { swapInside } from "./hypertext";
import { orderKept } from "./order";
import type { Change } from "./stream";
import { tick } from "./timers";
import { t } from "./words";

const GATHER_MS = 60; // several changes of one transaction cost one request
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

interface Task {
  timer: number | undefined;
  running: boolean;
  again: boolean;
  failures: number;
  held: string | undefined; // the server's latest inside, waiting until no row has the focus
}

const tasks = new WeakMap<HTMLElement, Task>();
let lostWords: string | undefined; // since the line was lost: also what is fetched now gets old unseen

function taskOf(panel: HTMLElement): Task {
  let task = tasks.get(panel);
  if (!task) {
    task = { timer: undefined, running: false, again: false, failures: 0, held: undefined };
    tasks.set(panel, task);
  }
  return task;
}

export function allPanels(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-panel][data-url]")];
}

/** Fetches a panel soon. Calls that come while one is under way lead to exactly one more. */
export function refresh(panel: HTMLElement, afterMs = GATHER_MS): void {
  const task = taskOf(panel);
  if (task.running) {
    task.again = true;
  } else {
    task.timer ??= window.setTimeout(() => void load(panel), afterMs);
  }
}

export function refreshAll(): void {
  for (const panel of allPanels()) refresh(panel, 0);
}

/** Whether a change is one of those a panel lists by the beginning of their names. */
function isListed(list: string | undefined, change: Change): boolean {
  return (list ?? "").split(/\s+/).some((start) => start !== "" && change.name.startsWith(start));
}

/** Whether a change is about the person of this page or the call on her sheet; one that names neither may be. */
function isOwn(change: Change): boolean {
  const { taker, call, colleague } = change.refs;
  if (taker === undefined && call === undefined) return true;
  const me = meta("stream")?.dataset["owner"];
  const calls = [document.getElementById("call-now"), document.getElementById("call-line")].map((line) => line?.dataset["call"]);
  if (colleague !== undefined && colleague === me) return true;
  return (taker !== undefined && taker === me) || (call !== undefined && calls.includes(call));
}

function concerns(panel: HTMLElement, change: Change): boolean {
  const topics = (panel.dataset["topics"] ?? "").split(/\s+/);
  if (!change.topics.some((topic) => topics.includes(topic))) return false;
  if (isListed(panel.dataset["quiet"], change)) return false;
  if (isListed(panel.dataset["own"], change) && !isOwn(change)) return false;
  const only = panel.dataset["only"];
  if (!only) return true;
  const [kind, id] = only.split(":", 2);
  const ref = change.refs[kind ?? ""];
  return ref === undefined || ref === id;
}

export function refreshMatching(change: Change): void {
  for (const panel of allPanels()) if (concerns(panel, change)) refresh(panel);
}

/** The line to the journal was lost (words) or is back (undefined): values stay readable but are marked as old. */
export function setLineState(words: string | undefined): void {
  lostWords = words;
  for (const panel of document.querySelectorAll<HTMLElement>("[data-panel]")) {
    if (words) {
      setState(panel, "stale", words);
    } else if (panel.dataset["state"] === "stale" && !panel.dataset["url"]) {
      setState(panel, "live");
    }
  }
}

export function setState(panel: HTMLElement, state: string, words?: string): void {
  panel.dataset["state"] = state;
  let note = panel.querySelector<HTMLElement>(":scope > .panel-note");
  if (!words) {
    note?.remove();
    return;
  }
  if (!note) {
    note = document.createElement("p");
    note.className = "panel-note";
    const head = panel.querySelector(":scope > .panel-head");
    if (head) head.after(note);
    else panel.prepend(note);
  }
  note.textContent = `${state === "error" ? "✕" : "▲"} ${words}`;
}

async function load(panel: HTMLElement): Promise<void> {
  const task = taskOf(panel);
  const url = panel.dataset["url"];
  task.timer = undefined;
  if (!panel.isConnected || !url) return;
  task.running = true;
  try {
    const response = await request("GET", url, { accept: "text/html" });
    const inside = await response.text();
    task.failures = 0;
    if (panel.dataset["url"] === url) await show(panel, inside);
  } catch (error) {
    fail(panel, task, error);
  } finally {
    task.running = false;
  }
  if (task.again) {
    task.again = false;
    refresh(panel);
  }
}

function fail(panel: HTMLElement, task: Task, error: unknown): void {
  const refused = error instanceof Refused ? error : new Refused(0, t("Jawaban server tidak terbaca."));
  const pause = RETRY_MS[Math.min(task.failures++, RETRY_MS.length - 1)] ?? 15_000;
  if (refused.status === 403 || refused.status === 404) {
    setState(panel, "error", refused.message);
    return;
  }
  setState(panel, "error", `${refused.message} ${t("Mencoba lagi.")}`);
  task.timer ??= window.setTimeout(() => void load(panel), pause);
}

/** Fetches an inside that no change concerns: the panel follows nothing until it is given an address again. */
export async function showOnce(panel: HTMLElement, url: string): Promise<void> {
  delete panel.dataset["url"];
  try {
    const response = await request("GET", url, { accept: "text/html" });
    const inside = await response.text();
    if (!panel.dataset["url"]) await show(panel, inside);
  } catch (error) {
    if (!panel.dataset["url"]) fail(panel, taskOf(panel), error);
  }
}

async function show(panel: HTMLElement, inside: string): Promise<void> {
  const task = taskOf(panel);
  const { text, held } = keepOrder(panel, inside);
  task.held = held ? inside : undefined;
  await swapInside(panel, text);
  settle(panel);
}

function settle(panel: HTMLElement): void {
  const state = panel.querySelector("[data-restricted]") ? "restricted" : panel.querySelector("[data-empty]") ? "empty" : "live";
  if (lostWords) setState(panel, "stale", lostWords);
  else setState(panel, state);
  tick(panel);
  panel.dispatchEvent(new CustomEvent("siaga:panel", { bubbles: true }));
}

/** Shows the order of the server now; used when the focus leaves the list, and by the key S. */
export async function releaseOrder(panel: HTMLElement): Promise<void> {
  const task = taskOf(panel);
  const inside = task.held;
  if (inside === undefined) return;
  task.held = undefined;
  await swapInside(panel, inside);
  settle(panel);
}

/**
 * While a row has the focus its list keeps its order: known rows stay where they are, new ones come after them
 * with a mark. Says whether the server's order differs from what is shown.
 */
function keepOrder(panel: HTMLElement, inside: string): { text: string; held: boolean } {
  const list = document.activeElement?.closest<HTMLElement>("[data-list]");
  if (!list || !panel.contains(list) || !document.activeElement?.closest("[data-row]")) return { text: inside, held: false };
  const parsed = new DOMParser().parseFromString(`<template>${inside}</template>`, "text/html").querySelector("template");
  const next = parsed?.content.querySelector<HTMLElement>(`[data-list="${CSS.escape(list.dataset["list"] ?? "")}"]`);
  if (!parsed || !next) return { text: inside, held: false };
  const wanted = [...next.querySelectorAll<HTMLElement>(":scope > [data-row]")];
  const shown = [...list.querySelectorAll<HTMLElement>(":scope > [data-row]")].map((row) => row.id);
  const ordered = orderKept(wanted.map((row) => row.id), shown);
  const held = ordered.some((id, index) => id !== wanted[index]?.id);
  if (!held) return { text: inside, held: false };
  const byId = new Map(wanted.map((row) => [row.id, row]));
  for (const id of ordered) {
    const row = byId.get(id);
    if (!row) continue;
    if (!shown.includes(id)) row.dataset["new"] = "";
    next.append(row);
  }
  const box = document.createElement("div");
  box.append(parsed.content);
  return { text: box.innerHTML, held: true };
}

export function startPanels(): void {
  for (const panel of document.querySelectorAll<HTMLElement>("[data-panel][data-fetch-now]")) refresh(panel, 0);
  document.addEventListener("focusout", (event) => {
    const list = (event.target as Element | null)?.closest?.("[data-list]");
    const panel = list?.closest<HTMLElement>("[data-panel]");
    if (panel && !list?.contains(event.relatedTarget as Node | null)) void releaseOrder(panel);
  });
}
