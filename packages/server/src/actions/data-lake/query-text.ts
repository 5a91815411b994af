import * as z from 'zod';
import { ActionError } from '../action-error.ts';
import type { Services } from '../services.ts';

/** SQL as callers give it. */
export const queryText = z.string().min(1, 'must not be empty').max(65_536, 'at most 65,536 characters');

/** The database that names without one belong to, in its plain form. @throws ActionError NOT_FOUND. */
export function requireLakeDatabase(services: Services, name: string | null | undefined): string {
  const database = (name ?? 'panther_logs').toLowerCase().replace(/\.public$/, '');
  if (services.lakeTables.some((table) => table.database === database)) return database;
  throw new ActionError('NOT_FOUND', `There is no database ${name}`, { field: 'input.databaseName' });
}
