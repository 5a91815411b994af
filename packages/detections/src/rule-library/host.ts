/** What only the process around the sandbox can do for a rule: data models, lookups, the cache. */
export interface RuleHost {
  /** The value of a standard field of an event. */
  udm(event: object, name: string): unknown;
  /** Asks for something kept outside the sandbox; arguments and answer are JSON. */
  call(operation: string, args: readonly unknown[]): unknown;
}

/** Set inside the sandbox, before any rule is there. */
let host: RuleHost | undefined;

export function connectHost(given: RuleHost): void {
  host = given;
}

/** @throws Error outside a sandbox: a rule is text that only its runtime runs. */
export function connectedHost(): RuleHost {
  if (host === undefined) throw new Error('rules run in their runtime: there is no event here');
  return host;
}
