import { type Lake, LakeError, type TableDefinition } from '@pawprint/lake';
import { ActionError } from '../actions/action-error.ts';
import type { AlertType } from '../store/tables.ts';

/** The events behind one alert, as rows of the data lake. */
export interface AlertEventsPage {
  /** The newest first, by column name. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** For those that follow; null when there are none. */
  readonly nextCursor: string | null;
}

/** Which alert it is, and where its events are. */
export interface AlertOfEvents {
  readonly id: string;
  readonly type: AlertType;
  readonly logTypes: readonly string[];
}

/** @throws ActionError INVALID_INPUT for a cursor that no page gave out. */
export type ReadAlertEvents = (
  alert: AlertOfEvents,
  page: { readonly pageSize: number; readonly cursor?: string | null | undefined },
) => Promise<AlertEventsPage>;

/** Reads the tables of what detections found, one after another where an alert tells of several log types. */
export function alertEventsReader(lake: Pick<Lake, 'search' | 'tables'>): ReadAlertEvents {
  return async ({ id, type, logTypes }, { pageSize, cursor }) => {
    const tables = lake.tables().filter((table) => isAbout(table, type, logTypes));
    const place = cursor ? readCursor(cursor) : { table: 0, within: undefined };
    const events: Readonly<Record<string, unknown>>[] = [];
    let { within } = place;
    for (let at = place.table; at < tables.length; at += 1) {
      const table = `${tables[at]?.database}.${tables[at]?.name}`;
      const page = await lake
        .search({
          table,
          tables: [table],
          filters: { fields: [{ path: 'p_alert_id', operator: 'equals', value: id }] },
          limit: pageSize - events.length,
          ...(within !== undefined && { cursor: within }),
        })
        .catch((error: unknown) => {
          throw error instanceof LakeError && error.code === 'invalid_search' ? notCursor(error) : error;
        });
      events.push(...page.rows);
      within = page.nextCursor;
      if (within !== undefined) return { events, nextCursor: `${at}.${within}` };
      if (events.length === pageSize && at + 1 < tables.length) return { events, nextCursor: `${at + 1}.` };
    }
    return { events, nextCursor: null };
  };
}

function isAbout({ database, logType }: TableDefinition, type: AlertType, logTypes: readonly string[]) {
  const found = type.endsWith('_ERROR') ? 'panther_rule_errors' : 'panther_rule_matches';
  return database === found && logType !== null && logTypes.includes(logType);
}

function readCursor(cursor: string): { table: number; within: string | undefined } {
  const [, table, within] = /^(\d{1,3})\.(.*)$/s.exec(cursor) ?? [];
  if (table === undefined) throw notCursor();
  return { table: Number(table), within: within || undefined };
}

function notCursor(cause?: unknown): ActionError {
  const field = 'input.cursor';
  return new ActionError('INVALID_INPUT', `${field}: not a cursor of this list`, { field, cause });
}
