import { appendFileSync, rmSync } from 'node:fs';
import { parseTimestamp } from '@pawprint/record';
import type { LakeFile } from '../catalogue.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { type Column, type Row, storedType, type TableDefinition } from '../tables/table-definition.ts';
import { microseconds } from './event-time-range.ts';
import { withoutValues } from './stored-columns.ts';

/** So much waits in memory before it is written. */
const waitingBytes = 1_048_576;

/** What a character of a text takes at most in UTF-8. */
const characterBytesMax = 3;

/** Rows as lines of JSON in a passing file: what is kept of them in memory does not grow with their number. */
export class RowLines {
  readonly path: string;
  #rows = 0;
  readonly #waiting = Buffer.allocUnsafe(waitingBytes);
  #waitingBytes = 0;
  #eventTimeMin = '';
  #eventTimeMax = '';
  #ledgerIndexMax = 0;

  constructor(path: string) {
    this.path = path;
  }

  add({ json, eventTime, ledgerIndex }: Row): void {
    this.#rows += 1;
    this.#write(`${json}\n`);
    if (this.#rows === 1 || eventTime < this.#eventTimeMin) this.#eventTimeMin = eventTime;
    if (eventTime > this.#eventTimeMax) this.#eventTimeMax = eventTime;
    if (ledgerIndex > this.#ledgerIndexMax) this.#ledgerIndexMax = ledgerIndex;
  }

  #write(line: string): void {
    const bytesMax = line.length * characterBytesMax;
    if (this.#waitingBytes + bytesMax > waitingBytes) this.#flush();
    if (bytesMax > waitingBytes) appendFileSync(this.path, line, { mode: 0o600 });
    else this.#waitingBytes += this.#waiting.write(line, this.#waitingBytes);
  }

  #flush(): void {
    appendFileSync(this.path, this.#waiting.subarray(0, this.#waitingBytes), { mode: 0o600 });
    this.#waitingBytes = 0;
  }

  /** SQL that reads the rows as they are stored. */
  select({ columns, unfilled = [] }: TableDefinition): string {
    this.#flush();
    const filled = columns.filter(({ name }) => !unfilled.includes(name));
    // What no row fills need not be looked for in each.
    const select = columns.map((column) => (filled.includes(column) ? typed(column) : withoutValues(column)));
    return `SELECT ${select.join(', ')} FROM ${readNdjson(this.path, filled)}`;
  }

  /** What a file of the rows holds, of which there is at least one. */
  get contents(): Pick<LakeFile, 'rows' | 'ledgerIndexMax' | 'eventTimeMin' | 'eventTimeMax'> {
    return {
      rows: this.#rows,
      ledgerIndexMax: this.#ledgerIndexMax,
      eventTimeMin: microseconds(parseTimestamp(this.#eventTimeMin)),
      eventTimeMax: microseconds(parseTimestamp(this.#eventTimeMax)),
    };
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** Read as text and cast, JSON keeps the exact text it was given. */
function typed(column: Column): string {
  const name = identifier(column.name);
  return `CAST(${name} AS ${storedType(column)}) AS ${name}`;
}

function readNdjson(path: string, columns: readonly Column[]): string {
  const types = columns.map(
    (column) => `${literal(column.name)}: ${literal(storedType(column).replaceAll(/\bJSON\b/g, 'VARCHAR'))}`,
  );
  return `read_json(${literal(path)}, format = 'newline_delimited', columns = {${types.join(', ')}})`;
}
