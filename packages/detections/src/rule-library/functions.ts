/** The functions of a detection beside the one that decides: Panther's names, and ours in TypeScript. */
export const auxiliaryFunctions = [
  ['title', 'title'],
  ['dedup', 'dedup'],
  ['severity', 'severity'],
  ['description', 'description'],
  ['reference', 'reference'],
  ['runbook', 'runbook'],
  ['destinations', 'destinations'],
  ['alert_context', 'alertContext'],
  ['unique', 'unique'],
] as const;

/** Panther's name of an auxiliary function. */
export type AuxiliaryFunction = (typeof auxiliaryFunctions)[number][0];

/** The largest alert context, in characters of its JSON. */
export const alertContextSizeMax = 204_800;

/** What stands in place of an alert context that is too large. */
export function alertContextTooLarge(size: number): string {
  return `alert_context size is [${size}] characters, bigger than maximum of [${alertContextSizeMax}] characters`;
}
