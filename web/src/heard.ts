// Which words of the city's glossary were typed.
export interface LocalWord {
  readonly text: string;
  readonly spoken: string;
  readonly means: string;
  readonly ask: string;
  readonly trap: boolean;
  readonly confirmed: boolean;
}

/** As words are compared: lower case, no accents, one blank between words and around them. */
export function folded(text: string): string {
  const plain = text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return ` ${plain.replace(/[^a-z0-9]+/g, " ").trim()} `;
}

/** The words of the list that were typed as whole words, traps first. */
export function heardIn(words: readonly LocalWord[], text: string): LocalWord[] {
  const said = folded(text);
  return words.filter((word) => word.text && said.includes(folded(word.text))).sort((one, other) => Number(other.trap) - Number(one.trap));
}
