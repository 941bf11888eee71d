// How urgent the sheet is, and why: the type's priority, raised by its hazards, unless a person has chosen. The server
// decides; this shows the same before it is asked.
export interface Raising {
  readonly code: string;
  readonly name: string;
  readonly raises_to?: number | null;
}

export interface Urgency {
  readonly priority: number;
  readonly raisedBy: string | undefined; // the hazard's name; undefined: the type's own or a person's
}

/** `chosen`: by a person. `kept`: what the incident has already; taking a hazard away does not lower it. */
export function urgencyOf(base: number, hazards: readonly Raising[], on: readonly string[], chosen: number | null, kept: number | undefined): Urgency {
  if (chosen !== null) return { priority: chosen, raisedBy: undefined };
  let found: Urgency = { priority: base, raisedBy: undefined };
  for (const hazard of hazards) {
    if (on.includes(hazard.code) && hazard.raises_to && hazard.raises_to < found.priority) found = { priority: hazard.raises_to, raisedBy: hazard.name };
  }
  return kept !== undefined && kept < found.priority ? { priority: kept, raisedBy: found.raisedBy ?? "" } : found;
}
