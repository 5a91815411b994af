import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActionName, type Actor, type Permission, permissions } from '@pawprint/record';
import type { Client, TestInstance } from '@pawprint/testing';
import { actorOf, expectedRecord, recordsOf } from './expected-record.ts';

type Variables = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: answers differ with the operation; the assertions check them.
type Data = any;

/** What every action of the API owes, for one field of its schema. */
export interface ActionCase {
  readonly operation: string;
  readonly action: ActionName;
  readonly description: string;
  /** Enough to do it, and needed. */
  readonly permission: Permission;
  /** Makes what the action works on, and returns variables with which it succeeds once. @param holder whoever may do it */
  readonly given?: (holder: Client) => Promise<Variables> | Variables;
  /** The record's `actionDetails`. */
  readonly details?: (data: Data, variables: Variables) => Record<string, unknown>;
  readonly refusals?: readonly Refusal[];
}

interface Refusal {
  readonly variables: Variables;
  /** INVALID_INPUT unless said otherwise. */
  readonly code?: string;
  readonly field: string;
  readonly message: string;
}

/**
 * Tests each case: refused and recorded without the permission and without effect; done, with its whole record, by
 * somebody who has that permission and no other; refused and recorded for each bad input, with the field named.
 */
export function testActions(instance: TestInstance, cases: readonly ActionCase[]): void {
  const user = memoized(async (key: string) => {
    const names = permissions.map(({ name }) => name).filter((name) => holds(key, name));
    const client = await instance.userWith(names);
    return { client, actor: await actorOf(client) };
  });

  for (const { operation, action, description, permission, given, details, refusals = [] } of cases) {
    const field = /[{]\s*(\w+)/.exec(operation)?.[1] ?? operation;
    const record = (actor: Actor, dynamic: Variables) => ({ action, description, actor, dynamic });

    test(`${field}: refused without ${permission}, allowed with it alone; both are recorded`, async () => {
      const [without, holder] = [await user(`not ${permission}`), await user(permission)];
      const variables = (await given?.(holder.client)) ?? {};
      const message = `This needs the permission ${permission}`;
      let data: Data;
      const records = await recordsOf(instance, async () => {
        await assertRefused(without.client, operation, variables, { code: 'FORBIDDEN', message });
        data = await holder.client.ask(operation, variables);
      });
      assert.deepEqual(records, [
        expectedRecord({ ...record(without.actor, variables), errors: [message] }),
        expectedRecord({ ...record(holder.actor, variables), details: details?.(data, variables) }),
      ]);
    });

    if (refusals.length === 0) continue;
    test(`${field}: refuses what it can not do, naming the field, and records it`, async () => {
      const { client, actor } = await user(permission);
      const records = await recordsOf(instance, async () => {
        for (const { variables, code = 'INVALID_INPUT', field: at, message } of refusals) {
          await assertRefused(client, operation, variables, { code, field: at, message });
        }
      });
      assert.deepEqual(
        records,
        refusals.map(({ variables, message }) =>
          expectedRecord({ ...record(actor, variables), errors: [message] }),
        ),
      );
    });
  }
}

/** Sends an operation that must fail with just this. */
export async function assertRefused(
  client: Client,
  operation: string,
  variables: Variables,
  expected: { readonly code: string; readonly message: string; readonly field?: string },
): Promise<void> {
  const { errors } = await client.graphql(operation, variables);
  assert.deepEqual(
    errors.map(({ message, extensions }) => ({ message, ...extensions })),
    [expected],
  );
}

function holds(key: string, permission: Permission): boolean {
  return key.startsWith('not ') ? key !== `not ${permission}` : key === permission;
}

function memoized<Value>(make: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const made = new Map<string, Promise<Value>>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
