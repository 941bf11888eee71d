// The desk asks the server every few seconds what is broken. No answer, or a server without its database, is an answer.
import { Refused, call } from "./http";
import { onChange } from "./live";
import { setTroubles, type Trouble } from "./trouble";
import { t } from "./words";

const ASK_MS = 3000; // a promise in words: within five seconds she knows
const OF_SERVER = ["telephony", "database", "worker", "node", "disk", "clock", "messages"];
let timer: number | undefined;
let asking = false;

async function ask(): Promise<void> {
  clearTimeout(timer);
  if (asking) return;
  asking = true;
  try {
    const found = await call<Trouble[]>("GET", "/meja/gangguan");
    setTroubles(OF_SERVER, found);
    sayOnMap(found.find((one) => one.code === "map"));
  } catch (error) {
    const status = error instanceof Refused ? error.status : 0;
    if (status === 503) setTroubles(["database"], [databaseAway()]);
  } finally {
    asking = false;
    timer = window.setTimeout(() => void ask(), ASK_MS);
  }
}

function databaseAway(): Trouble {
  const words = t("Basis data tidak menjawab. Teruskan mengetik: isian disimpan di komputer ini dan akan dikirim.");
  return { code: "database", words, critical: true };
}

/** How sure a kelurahan is belongs beside the map: it is so for weeks, and no strip should stand for weeks. */
function sayOnMap(trouble: Trouble | undefined): void {
  const line = document.getElementById("map-approximate");
  if (!line) return;
  line.hidden = !trouble;
  line.textContent = trouble?.words ?? "";
}

export function startTroubleWatch(): void {
  onChange((change) => {
    if (change.name.startsWith("call.node_")) void ask();
  });
  document.addEventListener("siaga:line", () => void ask());
  void ask();
}
