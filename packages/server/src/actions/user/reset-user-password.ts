import { ofPerson } from '@pawprint/record';
import * as z from 'zod';
import { defineChange } from '../action.ts';
import { issueLink } from '../session/one-time-link.ts';
import { requireUser, userReference } from './user.ts';

/** Makes a link by which the user sets a new password. The old one works until the link is used. */
export const resetUserPassword = defineChange({
  name: 'RESET_USER_PASSWORD',
  requires: 'UserModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, now, services, annotate }, { input: { id } }) {
    const user = await requireUser(transactor, id, 'input.id');
    const invited = user.password_hash === null;
    const token = await issueLink(transactor, invited ? 'invitation' : 'password_reset', id, now);
    annotate.details({ id, email: ofPerson(userReference(id), user.email) });
    const path = invited ? '/invitation' : '/password-reset';
    return { resetLink: await services.consoleLink(transactor, path, token) };
  },
});
