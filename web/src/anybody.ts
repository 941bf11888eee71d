// A call that rings at one seat for too long rings at every free one, and whoever presses F2 first has it. The server's
// list says from when; nothing happens then that anybody would tell us of, so the page looks at its clock.
import { now } from "./clock";
import { followSounds } from "./sounds";

let timer: number | undefined;

function look(): void {
  clearTimeout(timer);
  const free = document.getElementById("seat-state")?.dataset["seat"] === "ready";
  let next = Infinity;
  for (const row of document.querySelectorAll<HTMLElement>("[data-anybodys-from]")) {
    const inMs = Date.parse(row.dataset["anybodysFrom"] ?? "") - now();
    const rings = free && inMs <= 0;
    if (inMs > 0) next = Math.min(next, inMs);
    row.classList.toggle("offer", rings);
    row.querySelector("[data-anybodys]")?.toggleAttribute("hidden", !rings);
    const button = row.querySelector("[data-answer]");
    button?.classList.toggle("only-spoken", !rings);
    for (const look of ["button", "button-ok", "second"]) button?.classList.toggle(look, rings);
    if (rings) row.dataset["sound"] = "ring";
    else delete row.dataset["sound"];
  }
  followSounds();
  if (next < Infinity) timer = window.setTimeout(look, next + 20);
}

export function startAnybody(): void {
  document.addEventListener("siaga:panel", (event) => {
    if (["queue", "seat"].includes((event.target as Element).id)) look();
  });
  look();
}
