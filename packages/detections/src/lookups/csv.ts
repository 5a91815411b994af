/** A line of CSV, with the number of the line it begins on, from 1. */
export interface CsvLine {
  readonly line: number;
  readonly fields: readonly string[];
}

/** CSV is not written as RFC 4180 says. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

const fieldPattern = /"([^"]*(?:""[^"]*)*)"(?=,|\r?\n|$)|([^",\r\n]*)(?=,|\r?\n|$)/y;

/**
 * Reads CSV as RFC 4180 has it: quoted fields may hold commas, line breaks and doubled quotes. Empty lines are left out.
 * @throws CsvError that names the line
 */
export function* readCsv(text: string): Generator<CsvLine> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const fields: string[] = [];
    const begin = line;
    for (let hasMore = true; hasMore; ) {
      fieldPattern.lastIndex = at;
      const found = fieldPattern.exec(text);
      if (found === null)
        throw new CsvError(`line ${line}: is not CSV; a field with quotes or line breaks must be in quotes`);
      const [whole, quoted, plain] = found;
      fields.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
      line += whole.split('\n').length - 1;
      at += whole.length;
      hasMore = text[at] === ',';
      if (hasMore) at += 1;
    }
    at += text[at] === '\r' ? 2 : 1;
    line += 1;
    if (fields.length > 1 || fields[0] !== '') yield { line: begin, fields };
  }
}
