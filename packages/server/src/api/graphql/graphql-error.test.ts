import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { ActionError } from '../../actions/action-error.ts';
import { StoreError } from '../../store/store.ts';
import { formatError } from './graphql-error.ts';

/** What a client gets of an error thrown while `users.0.role` was worked out, and what the operator gets. */
function formatted(thrown: Error) {
  const told: unknown[] = [];
  const { message, extensions } = formatError(
    new GraphQLError(thrown.message, { path: ['users', 0, 'role'], originalError: thrown }),
    (error) => {
      told.push(error);
      return 'REF';
    },
  );
  return { message, extensions, told };
}

test('what an action says is told with its code and field', () => {
  const failure = new ActionError('INVALID_INPUT', 'input.name: too long', { field: 'input.name' });
  assert.deepEqual(formatted(failure), {
    message: 'input.name: too long',
    extensions: { code: 'INVALID_INPUT', field: 'input.name' },
    told: [],
  });
});

test('what nobody foresaw is told by a reference only, and to the operator in full', () => {
  const bug = new TypeError("reading 'secret' of /srv/pawprint/src/x.ts");
  assert.deepEqual(formatted(bug), {
    message: 'Something went wrong in the instance (reference REF)',
    extensions: { code: 'INTERNAL' },
    told: [bug],
  });
});

test('an internal error that an action reported already is not reported again', () => {
  const failure = new ActionError('INTERNAL', 'Something went wrong in the instance (reference 1)');
  assert.deepEqual(formatted(failure), {
    message: failure.message,
    extensions: { code: 'INTERNAL' },
    told: [],
  });
});

test('a database that can not be reached is told as such', () => {
  const { extensions } = formatted(new StoreError('unreachable'));
  assert.deepEqual(extensions, { code: 'UNAVAILABLE', retryAfterSeconds: 5 });
});
