import * as z from 'zod';
import { readHistoryEntry } from '../../followers/history.ts';
import { recordTimeMs } from '../../retention/expired-bundles.ts';
import { currentDays, readRetentionPeriods } from '../../retention/retention-periods.ts';
import { defineChange, defineRead } from '../action.ts';
import type { Services } from '../services.ts';

export const daysMax = 36_500;
const outOfRange = `must be a whole number of days from 1 to ${daysMax}`;

/** A period that somebody sets. */
export const retentionDays = z.int(outOfRange).min(1, outOfRange).max(daysMax, outOfRange);

export const getRetentionSettings = defineRead({
  name: 'GET_RETENTION_SETTINGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run: async ({ reader, services }) =>
    retentionSettings(currentDays(await readRetentionPeriods(reader)), services),
});

/** A longer period holds at once for all records there are, a shorter one for new records alone. */
export const updateRetentionSettings = defineChange({
  name: 'UPDATE_RETENTION_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({ input: z.strictObject({ days: retentionDays }) }),
  async run({ transactor, now, services, annotate, afterCommit }, { input: { days } }) {
    const periods = await readRetentionPeriods(transactor);
    const before = currentDays(periods);
    if (days !== before) {
      const [, ...changes] = periods;
      // A clock that went back must not put it before an earlier one.
      const setAtMs = Math.max(Date.parse(now), ...changes.map((change) => change.setAtMs));
      await transactor
        .insertInto('retention_periods')
        .values({ number: changes.length + 1, days, set_at: new Date(setAtMs).toISOString() })
        .execute();
    }
    annotate.details({ before: { days: before }, after: { days } });
    afterCommit(services.retention.wake);
    return { retentionSettings: await retentionSettings(days, services) };
  },
});

async function retentionSettings(days: number, services: Services) {
  const { ledger, retention } = services;
  const { firstIndex, size } = ledger;
  const first = await readHistoryEntry(services, firstIndex);
  const firstRecordAt =
    first === undefined ? null : new Date(recordTimeMs(first.record.timestamp)).toISOString();
  return { days, firstIndex, firstRecordAt, recordCount: size - firstIndex, ...retention.status() };
}
