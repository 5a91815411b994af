import type { AssignedEntry, Journal, Published } from '../src/journal.ts';

/** The server's side of the ledger, in memory. It outlives ledgers, as a database outlives a process. */
export class MemoryJournal implements Journal {
  #published: Published | undefined;
  #assigned: AssignedEntry[] = [];
  #waiting: Uint8Array[] = [];

  /** What the database does when an action commits. */
  add(entries: readonly Uint8Array[]): void {
    this.#waiting = this.#waiting.concat(entries);
  }

  async published(): Promise<Published | undefined> {
    return this.#published;
  }

  async assign(limit: number): Promise<readonly AssignedEntry[]> {
    const next = (this.#assigned.at(-1)?.index ?? (this.#published?.size ?? 0) - 1) + 1;
    const entries = this.#waiting.splice(0, limit);
    this.#assigned = this.#assigned.concat(
      entries.map((entry, position) => ({ index: next + position, entry })),
    );
    return this.#assigned.slice(0, limit);
  }

  async publish(next: Published, previousSize: number): Promise<void> {
    if ((this.#published?.size ?? 0) !== previousSize)
      throw new Error(`the published size is not ${previousSize}`);
    this.#published = next;
    this.#assigned = this.#assigned.filter(({ index }) => index >= next.size);
  }

  clone(): MemoryJournal {
    const copy = new MemoryJournal();
    copy.#published = this.#published;
    copy.#assigned = [...this.#assigned];
    copy.#waiting = [...this.#waiting];
    return copy;
  }
}
