// Requests that change something carry the CSRF token; answers that refuse carry a sentence for a person.
import { meta } from "./clock";
import { t } from "./words";

const TIMEOUT_MS = 10_000; // longer than any answer of a healthy server on a city's network

/** The server said no, in words for a person. `status` 0: it did not answer at all. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export function csrfToken(): string {
  return meta("csrf-token")?.content ?? "";
}

async function problemOf(response: Response): Promise<Refused> {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await response.json();
    if (parsed && typeof parsed === "object") body = parsed as Record<string, unknown>;
  } catch {
    // not JSON: the status alone has to do
  }
  if (response.status === 401) return new Refused(401, t("Sesi berakhir. Masuk lagi di tab baru; isian di sini tetap ada."), body);
  const detail = typeof body["detail"] === "string" && body["detail"] ? body["detail"] : undefined;
  return new Refused(response.status, detail ?? t("Server menolak (kode {status}).", { status: response.status }), body);
}

export interface Options {
  readonly body?: unknown;
  readonly key?: string; // idempotency key: the same key twice is one act
  readonly signal?: AbortSignal;
  readonly accept?: string;
}

export async function request(method: string, url: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: options.accept ?? "application/json" };
  if (method !== "GET") headers["x-csrftoken"] = csrfToken();
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.key) headers["idempotency-key"] = options.key;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  options.signal?.addEventListener("abort", () => timeout.abort(), { once: true });
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: timeout.signal,
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refused(0, t("Server tidak menjawab."));
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Sends JSON and reads JSON; an empty answer is {}. Throws Refused. */
export async function call<Answer>(method: string, url: string, options: Options = {}): Promise<Answer> {
  const response = await request(method, url, options);
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as Answer;
}
