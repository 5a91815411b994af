import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { auditLogSource } from './audit-log-source.ts';

/**
 * Takes the audit log away as a log source. Its records are kept on in the history; the lake stops taking them.
 * A refused or failed attempt is recorded, under the name of what it would have done.
 */
export const disableAuditLogs = defineChange({
  name: 'DELETE_LOG_SOURCE',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({}),
  unrecordedWhenSucceeded: 'The specification says that disabling the audit logs leaves no record',
  async run({ transactor }) {
    const source = await auditLogSource(transactor);
    if (source === undefined) throw new ActionError('CONFLICT', 'The audit logs are not enabled');
    await transactor.deleteFrom('log_sources').where('id', '=', source.id).execute();
    return { id: source.id };
  },
});
