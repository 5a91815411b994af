import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, formErrors } from './api-error.ts';

const refused = (message: string, field?: string) =>
  new ApiError('INVALID_INPUT', message, field === undefined ? {} : { field });

test('a refusal lands on the input its field path names', () => {
  assert.deepEqual(formErrors(refused('There is no role x', 'input.role.value'), ['email', 'role']), {
    role: 'There is no role x',
  });
});

test('the field path in front of the message is not shown', () => {
  assert.deepEqual(formErrors(refused('input.name: must not be empty', 'input.name'), ['name']), {
    name: 'Must not be empty',
  });
});

test('a field the form does not have, or no field, is the form’s own error', () => {
  assert.deepEqual(formErrors(refused('No such user', 'input.id'), ['email']), { '': 'No such user' });
  assert.deepEqual(formErrors(new Error('down'), ['email']), { '': 'down' });
});

test('no error is no message', () => {
  assert.deepEqual(formErrors(null, ['email']), {});
});
