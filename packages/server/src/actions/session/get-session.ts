import * as z from 'zod';
import type { Reader } from '../../store/store.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';

const shownMax = 20;

/** What is wrong with the instance right now, so that every page can say so without asking for it. */
function lastingSystemErrors(reader: Reader) {
  return reader
    .selectFrom('system_errors')
    .select(['id', 'kind', 'message'])
    .where('resolved_at', 'is', null)
    .orderBy('reported_at', 'desc')
    .limit(shownMax)
    .execute();
}

/** Who is signed in, and what they may do. */
export const getSession = defineRead({
  name: 'GET_SESSION',
  requires: 'known_caller',
  input: z.strictObject({}),
  async run({ caller, reader, services, now }) {
    if (caller.kind !== 'user') throw new ActionError('FORBIDDEN', 'Only a signed-in user has a session');
    return {
      user: {
        id: caller.id,
        email: caller.email,
        givenName: caller.givenName,
        familyName: caller.familyName,
      },
      role: { id: caller.roleId, name: caller.roleName },
      permissions: [...caller.permissions],
      logTypeAccessKind: caller.logTypeAccess.kind,
      logTypeAccess: caller.logTypeAccess.logTypes,
      version: services.version,
      setUp: true,
      ...(caller.permissions.has('GeneralSettingsRead') && {
        systemErrors: await lastingSystemErrors(reader),
        systemErrorsAt: now,
      }),
    };
  },
});
