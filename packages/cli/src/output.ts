/** Where a command writes lines. */
export interface Output {
  /** Results. */
  say(line: string): void;
  /** Progress and errors. */
  sayAside(line: string): void;
}
