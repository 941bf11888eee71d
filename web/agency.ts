// The agencies' inbox and the one-tap link: small, for phones on weak networks.
import { startHelp } from "./src/help";
import "./src/hypertext";
import { startKeys } from "./src/keys";
import { startLive } from "./src/live";
import { startOutbox } from "./src/outbox";
import { startPanels } from "./src/panels";
import { startSounds } from "./src/sounds";
import { showNewVersion } from "./src/version";
import { startSwitches } from "./src/theme";
import { startTimers } from "./src/timers";

startTimers(); // first: it sets the clock the others read
startSwitches();
startKeys();
startHelp();
startPanels();
startOutbox();
startSounds();
startLive();
showNewVersion();
