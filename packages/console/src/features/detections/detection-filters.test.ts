import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DetectionFilters, type DetectionRow, filterDetections } from './detection-filters.ts';

const row = (detectionId: string, more: Partial<DetectionRow> = {}): DetectionRow => ({
  ...{
    id: `rule ${detectionId}`,
    detectionId,
    kind: 'rule',
    displayName: `The ${detectionId}`,
    description: '',
  },
  ...{ language: 'typescript', enabled: true, managed: false, severity: 'HIGH', sources: ['Panther.Audit'] },
  ...{ tags: ['Audit Log'], testCount: 1, version: 1, updatedAt: '2026-11-25T00:00:00.000Z' },
  ...more,
});
const rows = [
  row('A', { managed: true }),
  row('B', { enabled: false, severity: 'LOW', tags: [] }),
  row('C', { kind: 'global', severity: null, sources: [], tags: [] }),
];
const found = (filters: Partial<DetectionFilters>) =>
  filterDetections(rows, { text: '', kinds: [], severities: [], states: [], ...filters }).map(
    ({ detectionId }) => detectionId,
  );

test('detections are found by name, log type and tag, in any letter case', () => {
  assert.deepEqual(found({ text: ' the b ' }), ['B']);
  assert.deepEqual(found({ text: 'panther.audit' }), ['A', 'B']);
  assert.deepEqual(found({ text: 'audit log' }), ['A']);
});

test('detections are found by kind, severity and state', () => {
  assert.deepEqual(found({}), ['A', 'B', 'C']);
  assert.deepEqual(found({ kinds: ['global'] }), ['C']);
  assert.deepEqual(found({ severities: ['LOW', 'MEDIUM'] }), ['B']);
  assert.deepEqual(found({ states: ['on', 'managed'] }), ['A']);
  assert.deepEqual(found({ states: ['off'] }), ['B']);
});
