import { secret } from '@pawprint/record';
import * as z from 'zod';
import { secretTokenSha256 } from '../../access/secret-token.ts';
import { defineChange } from '../action.ts';

/** Ends the session it is called with. */
export const signOut = defineChange({
  name: 'SIGN_OUT',
  requires: 'known_caller',
  input: z.strictObject({ session: secret(z.string().max(1_024)) }),
  async run({ transactor }, { session }) {
    await transactor
      .deleteFrom('sessions')
      .where('secret_sha256', '=', secretTokenSha256('session', session) ?? '')
      .execute();
  },
});
