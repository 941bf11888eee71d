// The lock rule of a live map: it moves by itself only when the set of things it follows changes; whoever moves it by
// hand keeps it where he put it, until he asks it to follow again. A map that jumps under a person's eyes is worse than
// none.
export class Follow {
  private shown = "";
  private locked = false;

  get isLocked(): boolean {
    return this.locked;
  }

  /** The things followed now. True when the map must move to show them. The same set in another order is the same. */
  changed(set: readonly string[]): boolean {
    const key = [...set].sort().join(" ");
    if (key === this.shown) return false;
    this.shown = key;
    return !this.locked;
  }

  /** A person moved the map. */
  touched(): void {
    this.locked = true;
  }

  /** Follow again, from now on; also what a new call does. */
  release(): void {
    this.locked = false;
  }
}
