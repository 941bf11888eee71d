// Desk, board and incident page.
import { startAnswering } from "./src/answer";
import { startBoard } from "./src/board";
import { startAnybody } from "./src/anybody";
import { startCallBar } from "./src/call-bar";
import { startTexts } from "./src/texts";
import { startCommandLine } from "./src/command-line";
import { startCompany } from "./src/company";
import { startCopying } from "./src/copy";
import { startDialling } from "./src/dialling";
import { startFocusKeeper } from "./src/focus-keeper";
import { startHelp } from "./src/help";
import "./src/hypertext";
import { startKeys } from "./src/keys";
import { startLive } from "./src/live";
import { startLocations } from "./src/locations";
import { startOutside } from "./src/outside";
import { MapElement } from "./src/map";
import { startMapKeys } from "./src/map-keys";
import { startMapPick } from "./src/map-pick";
import { startOwed } from "./src/owed";
import { startPanels } from "./src/panels";
import { startReach } from "./src/reach";
import { SheetElement } from "./src/sheet";
import { startPlayer } from "./src/player";
import { startPrinting } from "./src/print";
import { startShelving } from "./src/shelving";
import { startSilence } from "./src/silent";
import { startSounds } from "./src/sounds";
import { startUndo } from "./src/undo-bar";
import { showNewVersion } from "./src/version";
import { startSummary } from "./src/summary";
import { startSwitches } from "./src/theme";
import { startTimers } from "./src/timers";
import { startTroubleWatch } from "./src/trouble-watch";
import { VoiceElement } from "./src/voice";
import { startVoiceLines } from "./src/voice-lines";

startTimers(); // first: it sets the clock the others read
startSwitches();
startSummary();
startKeys();
startHelp();
startCommandLine();
startUndo();
startFocusKeeper();
startCopying();
startDialling();
startPrinting();
if (document.body.dataset["screen"] === "desk") {
  startAnswering();
  startOwed();
  startSilence();
  startLocations();
  startOutside();
  startCompany();
}
if (document.body.dataset["screen"] === "board") {
  startShelving();
  startBoard();
}
customElements.define("siaga-map", MapElement);
startMapKeys();
startMapPick();
customElements.define("siaga-voice", VoiceElement);
startVoiceLines();
customElements.define("siaga-sheet", SheetElement);
if (["desk", "supervisor"].includes(document.body.dataset["screen"] ?? "")) startCallBar();
if (document.getElementById("texts")) startTexts();
startPlayer();
startPanels();
startReach();
startSounds();
if (document.body.dataset["screen"] === "desk") startAnybody();
startLive();
if (document.body.dataset["screen"] === "desk") startTroubleWatch();
showNewVersion();
