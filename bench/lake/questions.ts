import type { AuditLog } from './audit-log.ts';
import { logEnd } from './audit-log.ts';

/** What is asked, in each engine's words. `pattern` is what a line of the log must hold for a text search to answer it. */
export interface Question {
  readonly name: string;
  /** For the lake and for DuckDB, from `t`. */
  readonly sql: string;
  /** For PostgreSQL and SQLite, from a table `log` with columns of its own. */
  readonly relational: { readonly postgresql: string; readonly sqlite: string };
  readonly pattern: string | undefined;
}

const dayMs = 86_400_000;
const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

/** The questions about one log. Actor, address and token are those of records in the middle. */
export function questions(log: AuditLog): readonly Question[] {
  const { actorId } = log.probe(Math.floor(log.size * 0.41));
  const { sourceIP } = log.probe(Math.floor(log.size * 0.53));
  const { targetId, rowId } = log.probe(Math.floor(log.size * 0.37));
  const monthAgo = time(logEnd - 30 * dayMs);
  const yearAgo = time(logEnd - 365 * dayMs);
  const both = (sql: string): Question['relational'] => ({ postgresql: sql, sqlite: sql });
  return [
    {
      name: 'count by action, 30 days',
      sql: `SELECT actionName, count(*) FROM t WHERE p_event_time >= TIMESTAMP '${monthAgo}' GROUP BY ALL`,
      relational: both(`SELECT action, count(*) FROM log WHERE ts >= '${monthAgo}' GROUP BY action`),
      pattern: undefined,
    },
    {
      name: 'one actor, newest 100',
      sql: `SELECT * FROM t WHERE actor.id = '${actorId}' ORDER BY p_event_time DESC LIMIT 100`,
      relational: both(`SELECT * FROM log WHERE actor = '${actorId}' ORDER BY ts DESC LIMIT 100`),
      pattern: actorId,
    },
    {
      name: 'everything of one address',
      sql: `SELECT p_event_time, actionName, actor.id, actionResult FROM t WHERE sourceIP = '${sourceIP}'`,
      relational: both(`SELECT ts, action, actor, result FROM log WHERE ip = '${sourceIP}'`),
      pattern: `"sourceIP":"${sourceIP}"`,
    },
    {
      name: 'a token inside actionParams',
      sql: `SELECT * FROM t WHERE actionParams LIKE '%${targetId}%'`,
      relational: both(`SELECT * FROM log WHERE params LIKE '%${targetId}%'`),
      pattern: targetId,
    },
    {
      name: 'failures per actor and hour, 5 years',
      sql: `SELECT actor.id, date_trunc('hour', p_event_time), count(*) FROM t WHERE actionResult = 'FAILED' GROUP BY ALL ORDER BY 3 DESC LIMIT 100`,
      relational: {
        postgresql: `SELECT actor, date_trunc('hour', ts), count(*) FROM log WHERE result = 'FAILED' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 100`,
        sqlite: `SELECT actor, substr(ts, 1, 13), count(*) FROM log WHERE result = 'FAILED' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 100`,
      },
      pattern: undefined,
    },
    {
      name: 'one record by id',
      sql: `SELECT * FROM t WHERE p_row_id = '${rowId}'`,
      relational: both(`SELECT * FROM log WHERE id = '${rowId}'`),
      pattern: rowId,
    },
    {
      name: 'distinct actors per action, one year',
      sql: `SELECT actionName, count(DISTINCT actor.id) FROM t WHERE p_event_time >= TIMESTAMP '${yearAgo}' GROUP BY ALL`,
      relational: both(
        `SELECT action, count(DISTINCT actor) FROM log WHERE ts >= '${yearAgo}' GROUP BY action`,
      ),
      pattern: undefined,
    },
  ];
}
