// The wall: nobody touches it, so it looks after itself.
import "./src/hypertext";
import { startLive } from "./src/live";
import { startOneLine } from "./src/one-line";
import { startPanels } from "./src/panels";
import { startPlaylist } from "./src/playlist";
import { startTimers } from "./src/timers";

startTimers(); // first: it sets the clock the others read
startPanels();
startPlaylist();
startOneLine();
startLive();
document.addEventListener("siaga:new-version", () => location.reload());
