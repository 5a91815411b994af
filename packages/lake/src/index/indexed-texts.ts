import { identifier } from '../sql/quoting.ts';
import { filledColumns, type TableDefinition } from '../tables/table-definition.ts';

/** A text of a row as its marks are made. */
export interface IndexedText {
  /** SQL over the table's files. */
  readonly sql: string;
  /** Whether parts of it may be looked for, or only what it is as a whole. */
  readonly parts: boolean;
  /** The column or dotted field that has the whole text, or, line by line, an element, as its value. */
  readonly values?: string;
}

/** Every text of a table's rows. */
export function indexedTexts(table: TableDefinition): readonly IndexedText[] {
  return filledColumns(table).flatMap(({ name, type, stored }) =>
    stored === undefined ? columnTexts(name, type) : [],
  );
}

function columnTexts(name: string, type: string): readonly IndexedText[] {
  const column = identifier(name);
  if (type === 'VARCHAR') return [{ sql: column, parts: true, values: name }];
  if (type === 'JSON') return [{ sql: `CAST(${column} AS VARCHAR)`, parts: true }];
  if (type === 'VARCHAR[]')
    return [{ sql: `array_to_string(${column}, chr(10))`, parts: true, values: name }];
  if (!/^STRUCT|\]$/.test(type)) return [];
  const fields = textFields(type).map((field) => ({
    sql: `${column}.${identifier(field)}`,
    parts: false,
    values: `${name}.${field}`,
  }));
  return [{ sql: `CAST(to_json(${column}) AS VARCHAR)`, parts: true }, ...fields];
}

/** The fields of a struct that are texts. */
export function textFields(type: string): readonly string[] {
  if (!/^STRUCT\([^()]*\)$/.test(type)) return [];
  return [...type.matchAll(/[(,] ?"?(\w+)"? VARCHAR(?=[,)])/g)].map(([, name = '']) => name);
}
