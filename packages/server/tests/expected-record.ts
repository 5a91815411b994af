import assert from 'node:assert/strict';
import { type ActionName, type Actor, type AuditRecord, auditRecordSchema } from '@pawprint/record';
import type { Client, TestInstance } from '@pawprint/testing';
import packageJson from '../package.json' with { type: 'json' };

/** What sets a record apart from that of a success without arguments, asked for by a test's client. */
export interface Expectation {
  readonly action: ActionName;
  readonly description: string;
  readonly actor: Actor;
  readonly dynamic?: Readonly<Record<string, unknown>>;
  readonly static?: Readonly<Record<string, unknown>>;
  readonly details?: Record<string, unknown> | undefined;
  /** The messages of a failure. */
  readonly errors?: readonly string[];
  /** FAILED where there are errors, else SUCCEEDED, unless said otherwise. */
  readonly result?: AuditRecord['actionResult'];
  /** Empty for what the instance does by itself. */
  readonly origin?: Pick<AuditRecord, 'sourceIP' | 'XForwardedFor' | 'userAgent'>;
}

/** Stands for the time of a record. */
const timestamp = '<timestamp>';

/** The complete record, as `recordOf` shows it. */
export function expectedRecord(expected: Expectation): AuditRecord {
  const { action, description, actor, details, errors } = expected;
  return {
    actionName: action,
    actionDescription: description,
    actionResult: expected.result ?? (errors === undefined ? 'SUCCEEDED' : 'FAILED'),
    actionParams: { dynamic: expected.dynamic ?? {}, static: expected.static ?? {} },
    ...(details !== undefined && { actionDetails: details }),
    actor,
    ...(errors !== undefined && { errors: errors.map((message) => ({ message })) }),
    ...(expected.origin ?? { sourceIP: '127.0.0.1', userAgent: 'pawprint-test/1.0' }),
    timestamp,
    pantherVersion: packageJson.version,
  };
}

/** A record whole but for its time, once it is known to have the specified fields and no other. */
export function timeless(record: AuditRecord): AuditRecord {
  return { ...auditRecordSchema.parse(record), timestamp };
}

/** The records that `work` leaves. */
export async function recordsOf(
  instance: TestInstance,
  work: () => Promise<unknown>,
): Promise<readonly AuditRecord[]> {
  return (await instance.recordsOf(work)).map(timeless);
}

/** The one record that `work` leaves. */
export async function recordOf(instance: TestInstance, work: () => Promise<unknown>): Promise<AuditRecord> {
  const [record, ...more] = await recordsOf(instance, work);
  assert(record !== undefined, 'it left no record');
  assert.deepEqual(more, [], 'it left more than one record');
  return record;
}

/** How the instance knows a signed-in user without a name of their own. */
export async function actorOf(client: Client): Promise<Actor> {
  const response = await client.fetch('/internal/session');
  assert.equal(response.status, 200);
  const { user, role } = (await response.json()) as {
    user: { id: string; email: string };
    role: { id: string; name: string };
  };
  const attributes = { email: user.email, emailVerified: true, roleId: role.id, roleName: role.name };
  return { id: user.id, type: 'USER', name: user.email, attributes };
}

/** Whoever the instance does not know. */
export const anonymous: Actor = { id: 'anonymous', type: 'USER' };

/** The instance itself. */
export const system: Actor = { id: '00000000-0000-4000-8000-000000000000', type: 'USER', name: 'System' };
