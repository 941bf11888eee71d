// One stream for all tabs of a browser: HTTP/1.1 allows six connections, and a desk opens more tabs than that.
import { Stream, type StreamMessage } from "./src/stream";

interface Hello {
  readonly hello: { readonly url: string; readonly position: number };
}

const ports = new Set<MessagePort>();
let stream: Stream | undefined;

function tellAll(message: StreamMessage): void {
  for (const port of ports) port.postMessage(message);
}

function greet(port: MessagePort, { hello }: Hello): void {
  ports.add(port);
  stream ??= new Stream(hello.url, hello.position, tellAll);
  const welcome: StreamMessage = { kind: "welcome", position: stream.position };
  port.postMessage(welcome);
  port.postMessage(stream.describe());
}

function leave(port: MessagePort): void {
  ports.delete(port);
  if (ports.size) return;
  stream?.stop();
  stream = undefined;
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  port.onmessage = (message: MessageEvent<Hello | "bye">) => {
    if (message.data === "bye") leave(port);
    else greet(port, message.data);
  };
});
