// The words of the screens. Indonesian text is its own key; the page carries the other language as inline JSON.

type Params = Readonly<Record<string, string | number>>;

let catalogue: Readonly<Record<string, string | string[]>> | undefined;

function words(): Readonly<Record<string, string | string[]>> {
  if (!catalogue) {
    const inline = typeof document === "undefined" ? null : document.getElementById("words");
    catalogue = JSON.parse(inline?.textContent || "{}") as Record<string, string | string[]>;
  }
  return catalogue;
}

export function fill(text: string, params: Params = {}): string {
  return text.replace(/\{(\w+)\}/g, (gap, name: string) => (name in params ? String(params[name]) : gap));
}

/** The sentence in the viewer's language, gaps such as {time} filled. */
export function t(msgid: string, params?: Params): string {
  const found = words()[msgid];
  return fill(typeof found === "string" ? found : (found?.[0] ?? msgid), params);
}

/** Marks text that is translated elsewhere, so that the extraction finds it. */
export function N_(msgid: string): string {
  return msgid;
}
