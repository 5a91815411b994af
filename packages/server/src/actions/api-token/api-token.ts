import { ofPerson, type Permission, personal } from '@pawprint/record';
import * as z from 'zod';
import { allowedCidrBlocksSchema } from '../../access/cidr-block.ts';
import { type QueryLimits, queryLimitsOf, queryLimitsSchema } from '../../access/query-limits.ts';
import { nameKey, nameSchema } from '../../access/text-field.ts';
import { readLastUses } from '../../store/last-uses.ts';
import type { Reader, Rows } from '../../store/store.ts';
import type { ApiTokenRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import { permissionList } from '../role/role.ts';

/** An API token as the API shows it. `value` is there only in the answers that create or rotate it. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Empty: usable from anywhere. */
  readonly allowedCIDRBlocks: readonly string[];
  readonly queryLimits: QueryLimits;
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
  readonly updatedAt: string;
  readonly updatedBy: ActorObject | null;
  readonly rotatedAt: string | null;
  readonly rotatedBy: ActorObject | null;
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
  readonly value: string | null;
}

export function asApiToken(
  row: ApiTokenRow,
  actor: (reference: string | null) => ActorObject | null,
  lastUsedAt: string | null,
  value: string | null = null,
): ApiToken {
  return {
    id: row.id,
    name: row.name,
    permissions: JSON.parse(row.permissions),
    allowedCIDRBlocks: JSON.parse(row.allowed_cidr_blocks),
    queryLimits: queryLimitsOf(row),
    createdAt: row.created_at,
    createdBy: actor(row.created_by),
    updatedAt: row.updated_at,
    updatedBy: actor(row.updated_by),
    rotatedAt: row.rotated_at,
    rotatedBy: actor(row.rotated_by),
    lastUsedAt,
    expiresAt: row.expires_at,
    value,
  };
}

/** Tokens with who made them and when they were last used. */
export async function loadApiTokens(reader: Reader, id?: string): Promise<readonly ApiToken[]> {
  let query = reader.selectFrom('api_tokens').selectAll().orderBy('name_key');
  if (id !== undefined) query = query.where('id', '=', id);
  const rows = await query.execute();
  const actor = await loadActors(
    reader,
    rows.flatMap((row) => [row.created_by, row.updated_by, row.rotated_by]),
  );
  const lastUse = await readLastUses(reader);
  return rows.map((row) => asApiToken(row, actor, lastUse(tokenReference(row.id))));
}

/** The token as it stands in the transaction. */
export async function apiTokenInTransaction(
  rows: Rows,
  row: ApiTokenRow,
  lastUse: (subject: string) => string | null,
  value?: string,
): Promise<ApiToken> {
  const actor = await loadActors(rows, [row.created_by, row.updated_by, row.rotated_by]);
  return asApiToken(row, actor, lastUse(tokenReference(row.id)), value);
}

/** The fields of a token that a caller chooses. */
export const apiTokenFields = {
  name: personal(nameSchema),
  permissions: permissionList,
  allowedCIDRBlocks: allowedCidrBlocksSchema.nullish(),
  queryLimits: queryLimitsSchema,
  expiresAt: z.iso.datetime({ offset: true, error: 'not an RFC 3339 date and time' }).nullish(),
};

/** How rows and keys refer to a token. */
export function tokenReference(id: string): `TOKEN:${string}` {
  return `TOKEN:${id}`;
}

/** What a record tells of a token before and after a change; never its secret. */
export function apiTokenDetails(row: ApiTokenRow): Record<string, unknown> {
  return {
    id: row.id,
    name: ofPerson(tokenReference(row.id), row.name),
    permissions: JSON.parse(row.permissions),
    allowedCIDRBlocks: JSON.parse(row.allowed_cidr_blocks),
    queryLimits: queryLimitsOf(row),
    expiresAt: row.expires_at,
  };
}

/** @throws ActionError NOT_FOUND */
export async function requireApiToken(rows: Rows, id: string): Promise<ApiTokenRow> {
  const row = await rows.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined)
    throw new ActionError('NOT_FOUND', `There is no API token ${id}`, { field: 'input.id' });
  return row;
}

/** @throws ActionError ALREADY_EXISTS when another token has the name, in any letter case. */
export async function requireFreeTokenName(rows: Rows, name: string, exceptId?: string): Promise<void> {
  const other = await rows
    .selectFrom('api_tokens')
    .select('id')
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (other !== undefined && other.id !== exceptId) {
    throw new ActionError('ALREADY_EXISTS', `There is already an API token named ${name}`, {
      field: 'input.name',
      about: tokenReference(other.id),
    });
  }
}

/** @throws ActionError INVALID_INPUT for a time that has passed. */
export function futureInstant(expiresAt: string | null | undefined, now: string): string | null {
  if (expiresAt == null) return null;
  const instant = new Date(expiresAt).toISOString();
  if (instant <= now) {
    throw new ActionError('INVALID_INPUT', 'input.expiresAt: lies in the past', { field: 'input.expiresAt' });
  }
  return instant;
}
