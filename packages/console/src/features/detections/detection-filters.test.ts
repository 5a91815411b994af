import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectionsInput, parseDetectionSearch } from './detection-filters.ts';

test('an address becomes the filters of the API, without what is not understood', () => {
  const search = parseDetectionSearch({
    q: 'saml',
    kind: ['rule', 'spell'],
    severity: 'HIGH',
    state: 'off',
    origin: 'nobody',
    tag: ' ',
  });
  assert.deepEqual(search, { q: 'saml', kind: ['rule'], severity: ['HIGH'], state: 'off' });
  assert.deepEqual(detectionsInput(search), {
    kinds: ['rule'],
    nameContains: 'saml',
    severities: ['HIGH'],
    enabled: false,
  });
});

test('without filters all kinds that are shown are asked for', () => {
  assert.deepEqual(detectionsInput(parseDetectionSearch({})), {
    kinds: ['rule', 'scheduled_rule', 'correlation_rule', 'policy', 'datamodel', 'global'],
  });
});
