import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pinLedgerKey, trustLedgerKey } from './ledger-key.ts';

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
  };
}

test('the key seen first stays the trusted one, until someone trusts another', () => {
  const storage = memory();
  assert.deepEqual(pinLedgerKey('first', storage), { trusted: 'first' });
  assert.deepEqual(pinLedgerKey('first', storage), { trusted: 'first' });
  assert.deepEqual(pinLedgerKey('second', storage), { trusted: 'first', changedTo: 'second' });
  assert.deepEqual(pinLedgerKey('second', storage), { trusted: 'first', changedTo: 'second' });
  trustLedgerKey('second', storage);
  assert.deepEqual(pinLedgerKey('second', storage), { trusted: 'second' });
});
