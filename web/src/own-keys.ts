// The keys this person has chosen, as the page carries them.
export const KEYS_CHANNEL = "siaga-keys";

export interface OwnKeys {
  readonly owner: string;
  readonly keys: readonly (readonly [string, string])[];
  readonly lettersOff: boolean;
}

export function ownKeys(): OwnKeys {
  const inline = typeof document === "undefined" ? null : document.getElementById("own-keys");
  return JSON.parse(inline?.textContent || '{"owner":"","keys":[],"lettersOff":false}') as OwnKeys;
}
