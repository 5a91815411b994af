import * as z from 'zod';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';

/** Who is signed in, and what they may do. */
export const getSession = defineRead({
  name: 'GET_SESSION',
  requires: 'known_caller',
  input: z.strictObject({}),
  async run({ caller, services }) {
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
    };
  },
});
