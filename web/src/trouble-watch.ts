// What is broken is asked for when the stream says that the list is another one, and again and again while there is no
// stream: no answer, or a server without its database, is an answer too.
import { Refused, call } from "./http";
import { isLive, onChange, onSignal } from "./live";
import { setTroubles, type Trouble } from "./trouble";
import { t } from "./words";

const ASK_MS = 3000; // without a stream; a promise in words: within five seconds she knows
const OF_SERVER = ["telephony", "database", "worker", "node", "disk", "clock", "messages"];
let timer: number | undefined;
let asking = false;
let list: unknown; // the mark of the list that was asked for last

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
    list = undefined; // unanswered: asked again at the next look
    if (status === 503) setTroubles(["database"], [databaseAway()]);
  } finally {
    asking = false;
    if (!isLive()) timer = window.setTimeout(() => void ask(), ASK_MS);
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
  onSignal("trouble", (data) => {
    if (data["list"] === list) return;
    list = data["list"];
    void ask();
  });
  document.addEventListener("siaga:line", () => void ask());
  void ask();
}
