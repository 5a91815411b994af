import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { completeDetection, type Language } from './detection-completion.ts';

/** What is offered at `|`. */
function offered(language: Language, text: string): readonly string[] {
  const pos = text.indexOf('|');
  const doc = text.replace('|', '');
  const complete = completeDetection(language, () => `Panther.Audit ${doc}`);
  const result = complete(new CompletionContext(EditorState.create({ doc }), pos, false));
  return result?.options.map(({ label }) => label) ?? [];
}

test('after event. come the fields of the log type, and inside an object its own', () => {
  const fields = offered('typescript', 'rule: (event) => event.act|');
  for (const name of ['actionName', 'actor', 'p_event_time']) assert(fields.includes(name), name);
  assert.deepEqual(offered('typescript', 'event.actor.|'), ['id', 'type', 'name', 'attributes']);
  assert.deepEqual(offered('typescript', 'event.actor?.attributes?.e|'), [
    'email',
    'emailVerified',
    'roleId',
    'roleName',
  ]);
});

test('in Python the fields are offered inside texts', () => {
  for (const text of ['event.get("|', "event['ac|", 'event.deep_get("|']) {
    assert(offered('python', text).includes('actionName'), text);
  }
  assert.deepEqual(offered('python', 'event.deep_get("actor", "|'), ['id', 'type', 'name', 'attributes']);
  assert(offered('python', 'tit|').includes('title'));
});

test('in YAML keys are offered where a line begins', () => {
  assert(offered('yaml', 'Sev|').includes('Severity'));
  assert(offered('yaml', '  - Na|').includes('Name'));
  assert.deepEqual(offered('yaml', 'Severity: Hi|'), []);
});

test('a log type without a known schema has the standard fields', () => {
  const complete = completeDetection('typescript', () => 'AWS.CloudTrail');
  const state = EditorState.create({ doc: 'event.' });
  const labels = complete(new CompletionContext(state, 6, false))?.options.map(({ label }) => label) ?? [];
  assert(labels.includes('p_any_ip_addresses') && !labels.includes('actionName'));
});
