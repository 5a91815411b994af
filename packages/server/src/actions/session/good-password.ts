import { passwordProblem } from '../../access/password-policy.ts';
import { ActionError } from '../action-error.ts';

/** @throws ActionError INVALID_INPUT saying what is wrong with a new password. */
export function requireGoodPassword(password: string, email: string): void {
  const problem = passwordProblem(password, email);
  if (problem !== undefined)
    throw new ActionError('INVALID_INPUT', `password: ${problem}`, { field: 'password' });
}
