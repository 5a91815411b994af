import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { LakeError } from '../lake-error.ts';
import { pantherAudit } from '../tables/panther-audit.ts';
import { respell } from './respell.ts';
import { checkStatement } from './statement.ts';
import { tokenize } from './tokens.ts';

const pieces = [
  ...[
    'SELECT',
    'actor',
    'actionParams',
    'p_any_emails',
    ':',
    '::',
    'attributes',
    '.',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
  ],
  ...[
    "'a'",
    "'it''s'",
    "E'\\''",
    '"q"',
    '$$x$$',
    '--c\n',
    '/*c*/',
    '/*',
    'LIKE',
    'ANY',
    'ALL',
    'NOT',
    'FLATTEN',
  ],
  ...[
    'TABLE',
    'LATERAL',
    'input',
    'outer',
    '=>',
    ':=',
    'p_occurs_since',
    'p_occurs_around',
    '1h',
    '1',
    '0',
    ',',
  ],
  ...[
    'WITHIN',
    'GROUP',
    'LISTAGG',
    'ORDER BY',
    'MINUS',
    'RLIKE',
    'IFF',
    'DATEADD',
    'day',
    'array_contains',
    'decode',
  ],
  ...[
    'variant',
    'number',
    'FROM',
    'panther_audit',
    'f',
    'WHERE',
    'lambda',
    'x',
    '->',
    'ü\u{1f43e}',
    '\\',
    ';',
    '{{',
    '\n',
  ],
];
const sqlOfPieces = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(' '));

/** Of a statement that begins and ends well, so that more than its first words are read. */
const almostSql = sqlOfPieces.map((middle) => `SELECT ${middle} FROM panther_audit`);

describe('whatever is written', () => {
  let instance: DuckDBInstance;
  let parser: DuckDBConnection;
  before(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    parser = await instance.connect();
  });
  after(() => {
    parser.closeSync();
    instance.closeSync();
  });

  test('is answered or refused in words, at a place that is in it', async () => {
    const context = {
      tables: [pantherAudit],
      database: 'panther_logs',
      now: new Date('2026-11-23T12:00:00Z'),
    };
    const oneOf = fc.oneof(sqlOfPieces, almostSql);
    await fc.assert(
      fc.asyncProperty(oneOf, async (sql) => {
        try {
          await checkStatement(parser, sql, context);
        } catch (error) {
          assert.ok(error instanceof LakeError, String(error));
          const [, line, column] = /\(line (\d+), column (\d+)\)$/.exec(error.message) ?? [];
          if (line === undefined) return;
          const text = sql.split('\n')[Number(line) - 1];
          assert.ok(text !== undefined && Number(column) <= text.length + 1, `${error.message} in ${sql}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is cut into tokens that leave nothing out but blanks and comments', () => {
    fc.assert(
      fc.property(fc.oneof(sqlOfPieces, fc.string({ unit: 'binary' })), (sql) => {
        let end = 0;
        try {
          for (const token of tokenize(sql)) {
            assert.match(sql.slice(end, token.start), /^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*\*\/)*$/u);
            end = token.end;
          }
        } catch (error) {
          if (!(error instanceof LakeError)) throw error;
        }
      }),
    );
  });
});

test('what DuckDB reads as it is meant is left as it is', () => {
  for (const sql of [
    "SELECT a[1:2], {'k': v, w: x}, MAP {'a': b}, x::INT, f(a := 1), 'a:b', lambda_x -> 1",
    'SELECT list_transform(l, lambda x, y: x + y), a <> ALL (SELECT b), a = ANY (l), x LIKE ANY (SELECT y)',
    'SELECT minus, "within", top FROM t WHERE regexp(a) AND rlike(a, b) -- a:b RLIKE c\n',
    "SELECT p_occurs_since('1 day', t, p_parse_time), p_occurs_between(now() - INTERVAL 1 DAY, f(a, b))",
  ]) {
    assert.equal(respell(sql).sql, sql);
  }
});
