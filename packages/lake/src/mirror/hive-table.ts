import { storedType, type TableDefinition } from '../tables/table-definition.ts';

/** A column as Athena and Trino declare it, in Hive's words. */
export interface HiveColumn {
  /** In lower case, as Hive knows no other. */
  readonly name: string;
  readonly type: string;
}

/** The columns of a table's files. JSON is text to these engines; their own functions read it. */
export function hiveColumns(table: TableDefinition): readonly HiveColumn[] {
  return table.columns.map((column) => ({
    name: column.name.toLowerCase(),
    type: hiveType(storedType(column)),
  }));
}

const plainTypes: Readonly<Record<string, string>> = {
  ...{
    VARCHAR: 'string',
    JSON: 'string',
    BOOLEAN: 'boolean',
    INTEGER: 'int',
    BIGINT: 'bigint',
    DOUBLE: 'double',
  },
  ...{ FLOAT: 'float', DATE: 'date', TIMESTAMP: 'timestamp', TIMESTAMP_NS: 'timestamp', BLOB: 'binary' },
};

function hiveType(type: string): string {
  const written = type.trim();
  if (written.endsWith('[]')) return `array<${hiveType(written.slice(0, -2))}>`;
  const fields = /^STRUCT\(([\s\S]*)\)$/.exec(written)?.[1];
  if (fields !== undefined) return `struct<${splitFields(fields).map(hiveField).join(',')}>`;
  if (/^DECIMAL\(/.test(written)) return written.toLowerCase();
  const plain = plainTypes[written];
  if (plain === undefined) throw new TypeError(`Hive has no type for ${type}`);
  return plain;
}

function hiveField(field: string): string {
  const [, quoted, plain = '', type = ''] = /^\s*(?:"([^"]*)"|(\w+))\s+([\s\S]*)$/.exec(field) ?? [];
  return `${(quoted ?? plain).toLowerCase()}:${hiveType(type)}`;
}

/** At the commas that are in no brackets. */
function splitFields(fields: string): readonly string[] {
  let depth = 0;
  const parts = [''];
  for (const character of fields) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** How Athena and Trino read Parquet files that a list names, one address a line. Hive itself and Spark take these for text. */
export const symlinkFormat = {
  serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  inputFormat: 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
} as const;

/** The statement that makes a table known to Athena, and by its metastore to Trino. */
export function createTableStatement(table: TableDefinition, location: string): string {
  const columns = hiveColumns(table).map(({ name, type }) => `  \`${name}\` ${type}`);
  return `CREATE EXTERNAL TABLE IF NOT EXISTS \`${table.database}\`.\`${table.name}\` (
${columns.join(',\n')}
)
ROW FORMAT SERDE '${symlinkFormat.serde}'
STORED AS INPUTFORMAT '${symlinkFormat.inputFormat}'
OUTPUTFORMAT '${symlinkFormat.outputFormat}'
LOCATION '${location}';
`;
}
