import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { isActionName, isPermission } from '@pawprint/record';
import type { AnyAction } from '../src/actions/action.ts';

const folder = join(import.meta.dirname, '../src/actions');

/** Every action there is, by the name of its export. */
const actions = new Map<string, AnyAction>();
for (const file of globSync('*/*.ts', { cwd: folder })) {
  if (file.endsWith('.test.ts')) continue;
  const exported: Record<string, unknown> = await import(join(folder, file));
  for (const [name, value] of Object.entries(exported)) {
    const where = `${file.replaceAll(sep, '/')} ${name}`;
    if (isAction(value)) actions.set(where, value);
    for (const [path, action] of actionsIn(value)) actions.set(`${where}${path}`, action);
  }
}

/** Actions that one export holds under names of its own. */
function actionsIn(value: unknown, path = '', depth = 0): readonly (readonly [string, AnyAction])[] {
  if (typeof value !== 'object' || value === null || isAction(value) || depth > 2) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    isAction(member) ? [[`${path}.${key}`, member] as const] : actionsIn(member, `${path}.${key}`, depth + 1),
  );
}

function isAction(value: unknown): value is AnyAction {
  return typeof value === 'object' && value !== null && 'requires' in value && 'run' in value;
}

test('every action has a name of the catalogue and a requirement that can be met', () => {
  assert(actions.size >= 45, `only ${actions.size} actions were found`);
  for (const [where, { name, kind, requires }] of actions) {
    assert(isActionName(name), `${where} is called ${name}`);
    assert(['read', 'change'].includes(kind), where);
    const isKnown =
      ['anyone', 'known_caller', 'system'].includes(String(requires)) ||
      [requires].flat().every(isPermission);
    assert(isKnown, `${where} requires ${requires}`);
  }
});

test('every action takes an object, and says of each other field that there is none', () => {
  for (const [where, { input }] of actions) {
    const parsed = input.safeParse({ 'no such field': 1 });
    assert.equal(parsed.success, false, `${where} takes any field`);
  }
});

test('only disabling the audit log and cosigning for another log leave no record when they succeed', () => {
  const unrecorded = [...actions].filter(([, action]) => 'unrecordedWhenSucceeded' in action);
  assert.deepEqual(unrecorded.map(([where]) => where).toSorted(), [
    'log-source/disable-audit-logs.ts disableAuditLogs',
    'witness/cosign-checkpoint.ts cosignCheckpoint',
  ]);
});

test('only these few actions are open to strangers', () => {
  const open = [...actions].filter(([, { requires }]) => requires === 'anyone').map(([, { name }]) => name);
  assert.deepEqual(open.toSorted(), [
    'ACCEPT_INVITATION',
    'COMPLETE_PASSWORD_RESET',
    'COSIGN_CHECKPOINT',
    'REJECT_API_REQUEST',
    'SET_UP_INSTANCE',
    'SIGN_IN',
  ]);
});
