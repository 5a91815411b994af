import * as z from 'zod';
import { defineRead } from '../action.ts';
import { maySeeAlert } from './alert-access.ts';

/** Starts a live view of the alerts that are made from now on, or after the one that was seen last. */
export const followAlerts = defineRead({
  name: 'FOLLOW_ALERTS',
  requires: 'AlertRead',
  input: z.strictObject({
    after: z.iso.datetime({ error: 'not an RFC 3339 date and time' }).nullish(),
  }),
  run: async ({ caller, now }, { after }) => ({
    since: after ?? now,
    maySee: (alert: { readonly log_types: string }) => maySeeAlert(caller, alert),
  }),
});
