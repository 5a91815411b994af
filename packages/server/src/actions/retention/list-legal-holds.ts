import * as z from 'zod';
import { defineRead } from '../action.ts';
import { asLegalHold } from './legal-hold.ts';

/** Those in force, then the released ones, each newest first. */
export const listLegalHolds = defineRead({
  name: 'LIST_LEGAL_HOLDS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  async run({ reader }) {
    const rows = await reader
      .selectFrom('legal_holds')
      .selectAll()
      .orderBy((eb) => eb.case().when('released_at', 'is', null).then(0).else(1).end())
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map(asLegalHold);
  },
});
