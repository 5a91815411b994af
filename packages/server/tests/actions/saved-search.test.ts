import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Client, startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const permission = 'GeneralSettingsRead';

const fields = 'id name query isShared isOwn owner { ... on User { email } }';
const operations = {
  list: `{ savedSearches { ${fields} } }`,
  create: `mutation ($input: CreateSavedSearchInput!) { createSavedSearch(input: $input) { savedSearch { ${fields} } } }`,
  update: `mutation ($input: UpdateSavedSearchInput!) { updateSavedSearch(input: $input) { savedSearch { ${fields} } } }`,
  delete: 'mutation ($input: DeleteSavedSearchInput!) { deleteSavedSearch(input: $input) { id } }',
};

interface SavedSearch {
  readonly id: string;
  readonly name: string;
  readonly query: string;
  readonly isShared: boolean;
  readonly isOwn: boolean;
  readonly owner: { readonly email: string } | null;
}

async function create(client: Client, input: Record<string, unknown>): Promise<SavedSearch> {
  const { createSavedSearch } = await client.ask<{ createSavedSearch: { savedSearch: SavedSearch } }>(
    operations.create,
    { input },
  );
  return createSavedSearch.savedSearch;
}

async function list(client: Client): Promise<readonly SavedSearch[]> {
  return (await client.ask<{ savedSearches: readonly SavedSearch[] }>(operations.list)).savedSearches;
}

const noSearch = (input: Record<string, unknown>) => ({
  variables: { input },
  code: 'NOT_FOUND',
  field: 'input.id',
  message: 'There is no saved search nope',
});
let made = 0;

/** A search of `client`, and the changes that are asked for. */
async function saved(client: Client, changes: Record<string, unknown>) {
  made += 1;
  const { id } = await create(client, { name: `Search ${made}`, query: 'q=old' });
  return { input: { id, ...changes } };
}

function idOf(variables: Readonly<Record<string, unknown>>): string {
  return (variables as { input: { id: string } }).input.id;
}

testActions(instance, [
  {
    operation: operations.list,
    action: 'LIST_SAVED_SEARCHES',
    description: "Lists the caller's saved searches of the audit log, and those that others share",
    permission,
  },
  {
    operation: operations.create,
    action: 'CREATE_SAVED_SEARCH',
    description: 'Saves a search of the audit log',
    permission,
    given: () => ({
      input: { name: 'Failures', query: 'result=FAILED&q=ada%40example.com', isShared: true },
    }),
    details: ({ createSavedSearch: { savedSearch } }) => ({
      after: {
        id: savedSearch.id,
        name: 'Failures',
        query: 'result=FAILED&q=ada%40example.com',
        isShared: true,
      },
    }),
    refusals: [
      {
        variables: { input: { name: ' ', query: '' } },
        field: 'input.name',
        message: 'input.name: must not be empty',
      },
      {
        variables: { input: { name: 'Long', query: 'x'.repeat(4_097) } },
        field: 'input.query',
        message: 'input.query: at most 4,096 characters',
      },
      {
        variables: { input: { name: 'FAILURES ', query: '' } },
        code: 'ALREADY_EXISTS',
        field: 'input.name',
        message: 'You have a saved search called FAILURES already',
      },
    ],
  },
  {
    operation: operations.update,
    action: 'UPDATE_SAVED_SEARCH',
    description: 'Renames, shares or changes a saved search',
    permission,
    given: (holder) => saved(holder, { name: 'Renamed', query: 'q=new', isShared: true }),
    details: (_, variables) => ({
      before: { id: idOf(variables), name: `Search ${made}`, query: 'q=old', isShared: false },
      after: { id: idOf(variables), name: 'Renamed', query: 'q=new', isShared: true },
    }),
    refusals: [noSearch({ id: 'nope', name: 'x' })],
  },
  {
    operation: operations.delete,
    action: 'DELETE_SAVED_SEARCH',
    description: 'Deletes a saved search',
    permission,
    given: (holder) => saved(holder, {}),
    details: (_, variables) => ({
      before: { id: idOf(variables), name: `Search ${made}`, query: 'q=old', isShared: false },
    }),
    refusals: [noSearch({ id: 'nope' })],
  },
]);

test('a search is for its owner alone until it is shared, and then to be read by all', async () => {
  const [ada, grace] = [await instance.userWith([permission]), await instance.userWith([permission])];
  const own = await create(ada, { name: 'Mine', query: 'q=mine' });
  const shared = await create(ada, { name: 'Ours', query: 'q=ours', isShared: true });
  assert.deepEqual(
    (await list(ada)).filter(({ isOwn }) => isOwn),
    [own, shared],
  );
  assert.deepEqual(
    (await list(grace)).filter(({ owner }) => owner?.email === ada.email),
    [{ ...shared, isOwn: false }],
  );
  for (const operation of [operations.update, operations.delete]) {
    await assertRefused(
      grace,
      operation,
      { input: { id: own.id } },
      {
        code: 'NOT_FOUND',
        field: 'input.id',
        message: `There is no saved search ${own.id}`,
      },
    );
    await assertRefused(
      grace,
      operation,
      { input: { id: shared.id } },
      {
        code: 'FORBIDDEN',
        field: 'input.id',
        message: 'Only who saved a search may change it',
      },
    );
  }
  // Two people may use the same name.
  await create(grace, { name: 'mine', query: '' });
  await ada.ask(operations.delete, { input: { id: own.id } });
  assert.deepEqual(
    (await list(ada)).filter(({ isOwn }) => isOwn),
    [shared],
  );
});

test('what was left out of a change stays', async () => {
  const user = await instance.userWith([permission]);
  const before = await create(user, { name: 'Kept', query: 'q=kept', isShared: true });
  const { updateSavedSearch } = await user.ask<{ updateSavedSearch: { savedSearch: SavedSearch } }>(
    operations.update,
    { input: { id: before.id, name: 'kept' } },
  );
  assert.deepEqual(updateSavedSearch.savedSearch, { ...before, name: 'kept' });
});

test('with a user go the searches they had for themselves; with their erasure, all', async () => {
  const user = await instance.userWith([permission]);
  const other = await instance.userWith([permission]);
  await create(user, { name: 'For myself', query: 'q=secret' });
  const shared = await create(user, { name: 'For everybody', query: `q=${user.email}`, isShared: true });
  await instance.admin.ask('mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { id } }', {
    input: { id: user.id },
  });
  const left = async () => (await list(other)).filter(({ name }) => name.startsWith('For '));
  assert.deepEqual(await left(), [{ ...shared, isOwn: false, owner: null }]);
  await instance.admin.ask(
    'mutation ($input: EraseDataSubjectInput!) { eraseDataSubject(input: $input) { id } }',
    { input: { subject: { kind: 'USER', id: user.id } } },
  );
  assert.deepEqual(await left(), []);
});

test('nobody keeps more than 200', async () => {
  const user = await instance.userWith([permission]);
  for (let number = 0; number < 200; number += 1) await create(user, { name: `n${number}`, query: '' });
  const { errors } = await user.graphql(operations.create, { input: { name: 'one more', query: '' } });
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['You have 200 saved searches; delete some first'],
  );
});
