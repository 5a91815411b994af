import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { applyLiveChange, isOverfull, shownMax } from './live-entries.ts';

const entries = (...indexes: readonly number[]): AuditLogEntry[] =>
  indexes.map((index) => ({
    index,
    id: String(index),
    record: {
      actionName: 'SIGN_IN',
      actionResult: 'SUCCEEDED',
      actor: { id: '1', type: 'USER' },
      timestamp: '2026-01-02 03:04:05.000',
      pantherVersion: '0.1.0',
    },
  }));
const empty = { shown: [], held: [], heldCount: 0 };
const indexes = (list: readonly AuditLogEntry[]) => list.map(({ index }) => index);

test('entries arrive on top, newest first', () => {
  const first = applyLiveChange(empty, { kind: 'arrived', entries: entries(2, 1), hold: false });
  const second = applyLiveChange(first, { kind: 'arrived', entries: entries(4, 3), hold: false });
  assert.deepEqual(indexes(second.shown), [4, 3, 2, 1]);
});

test('held entries are counted, leave what is shown alone, and come in order when released', () => {
  const shown = applyLiveChange(empty, { kind: 'arrived', entries: entries(1), hold: false });
  const held = applyLiveChange(
    applyLiveChange(shown, { kind: 'arrived', entries: entries(3, 2), hold: true }),
    { kind: 'arrived', entries: entries(4), hold: true },
  );
  assert.deepEqual(indexes(held.shown), [1]);
  assert.equal(held.heldCount, 3);
  assert.deepEqual(indexes(applyLiveChange(held, { kind: 'released' }).shown), [4, 3, 2, 1]);
});

test('more than can be held is only counted', () => {
  const many = entries(...Array.from({ length: 1001 }, (_, index) => index));
  const held = applyLiveChange(empty, { kind: 'arrived', entries: many, hold: true });
  assert.equal(held.heldCount, 1001);
  assert.equal(held.held.length, 0);
  assert.ok(isOverfull(held));
});

test('what is shown does not grow for ever: the oldest leave', () => {
  const full = applyLiveChange(empty, {
    kind: 'arrived',
    entries: entries(...Array.from({ length: shownMax }, (_, index) => shownMax - index)),
    hold: false,
  });
  const next = applyLiveChange(full, { kind: 'arrived', entries: entries(shownMax + 1), hold: false });
  assert.equal(next.shown.length, shownMax);
  assert.equal(next.shown[0]?.index, shownMax + 1);
});
