// A city may have several call nodes. The headset is connected to each of them, so that any caller can be heard, and
// so that the others are there already when one dies. <siaga-voice> keeps the first; the rest are kept here.
import { call } from "./http";
import { onSignal } from "./live";
import { gathered, preferPcma, type VoiceElement } from "./voice";

const LOOK_MS = 60_000; // a node nobody has heard of before is heard within this time; one that is back, at once
const AGAIN_MS = 5000; // a connection that broke or did not come about
const STATES_WITH_SOUND = new Set(["on", "muted", "connecting", "failed"]);

interface Line {
  readonly connection: RTCPeerConnection;
  readonly audio: HTMLAudioElement;
}

const lines = new Map<string, Line>();

async function look(): Promise<void> {
  const voice = document.querySelector<VoiceElement>("siaga-voice");
  const microphone = voice?.openedMicrophone;
  if (!voice || !microphone || !STATES_WITH_SOUND.has(voice.dataset["voice"] ?? "")) {
    for (const node of [...lines.keys()]) drop(node);
    return;
  }
  let nodes: string[];
  try {
    nodes = (await call<{ nodes: string[] }>("GET", "/meja/suara")).nodes;
  } catch {
    again(); // what is connected stays connected
    return;
  }
  for (const node of nodes) if (!isUp(node)) await connect(node, microphone);
}

function isUp(node: string): boolean {
  const state = lines.get(node)?.connection.connectionState;
  return state === "connected" || state === "connecting" || state === "new";
}

function drop(node: string): void {
  const line = lines.get(node);
  line?.connection.close();
  line?.audio.remove();
  lines.delete(node);
}

async function connect(node: string, microphone: MediaStream): Promise<void> {
  drop(node);
  const connection = new RTCPeerConnection();
  const audio = document.createElement("audio");
  audio.autoplay = true;
  lines.set(node, { connection, audio });
  document.body.append(audio);
  for (const track of microphone.getAudioTracks()) connection.addTrack(track, microphone); // muted with the first
  preferPcma(connection);
  connection.onconnectionstatechange = () => {
    const broke = ["disconnected", "failed"].includes(connection.connectionState);
    if (broke && lines.get(node)?.connection === connection) again();
  };
  connection.ontrack = (event) => {
    audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
  };
  try {
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    const { type, sdp } = connection.localDescription ?? {};
    await connection.setRemoteDescription(
      await call<RTCSessionDescriptionInit>("POST", "/meja/suara", { body: { type, sdp, node } }),
    );
  } catch {
    drop(node);
    again();
  }
}

let retry: number | undefined;

function again(): void {
  clearTimeout(retry);
  retry = window.setTimeout(() => void look(), AGAIN_MS);
}

let list: unknown;

/** Another list of what is broken: a node may have fallen silent, or be back. */
function compare(data: Readonly<Record<string, unknown>>): void {
  if (data["list"] === list) return;
  list = data["list"];
  void look();
}

export function startVoiceLines(): void {
  document.addEventListener("siaga:voice", () => void look());
  onSignal("trouble", compare);
  setInterval(() => void look(), LOOK_MS);
}
