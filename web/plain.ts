// Sign-in, reports, settings: pages that need no more than their switches, a clock and working forms.
import "./src/hypertext";
import { startKeyChoice } from "./src/key-choice";
import { startLive } from "./src/live";
import { startPanels } from "./src/panels";
import { startSummary } from "./src/summary";
import { startSwitches } from "./src/theme";
import { startTimers } from "./src/timers";

startTimers(); // first: it sets the clock the others read
startSwitches();
startPanels();
startKeyChoice();
startLive();
startSummary();
