import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const erasing = 'mutation ($input: EraseDataSubjectInput!) { eraseDataSubject(input: $input) { id } }';
const listing =
  '{ erasures { id subjectKind subjectId requestedAt requestedBy { ... on User { email } } completedAt progress records } }';
const description = 'Makes what identifies a person in the records unreadable for ever';
const subject = (kind: string, id: string | null) => ({ input: { subject: { kind, id } } });

async function deletedUser(): Promise<string> {
  const user = await instance.userWith(['UserRead']);
  await admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', { id: user.id });
  return user.id;
}

const present = await instance.userWith(['UserRead']);
const token = await instance.tokenWith(['UserRead']);
await token.ask('{ users { id } }');
const erasedBefore = await deletedUser();
await admin.ask(erasing, subject('USER', erasedBefore));

testActions(instance, [
  {
    operation: listing,
    action: 'LIST_ERASURES',
    description: 'Lists the erasures of persons from the records, newest first',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: erasing,
    action: 'ERASE_DATA_SUBJECT',
    description,
    permission: 'UserModify',
    given: async () => subject('USER', await deletedUser()),
    details: ({ eraseDataSubject: { id } }) => ({ erasureId: id }),
    refusals: [
      {
        variables: subject('USER', present.id),
        code: 'CONFLICT',
        field: 'input.subject.id',
        message: `The user ${present.id} can still act: delete the user first`,
      },
      {
        variables: subject('TOKEN', token.id),
        code: 'CONFLICT',
        field: 'input.subject.id',
        message: `The API token ${token.id} can still act: delete the API token first`,
      },
      {
        variables: subject('USER', 'nobody'),
        code: 'NOT_FOUND',
        field: 'input.subject.id',
        message: 'Nothing on record is data of USER:nobody',
      },
      {
        variables: subject('USER', erasedBefore),
        code: 'CONFLICT',
        field: 'input.subject.id',
        message: `USER:${erasedBefore} has been erased already`,
      },
      {
        variables: subject('USER', null),
        field: 'input.subject.id',
        message: 'input.subject.id: say which user or token; strangers have no id and are erased together',
      },
      {
        variables: subject('ANONYMOUS', '7'),
        field: 'input.subject.id',
        message: 'input.subject.id: say which user or token; strangers have no id and are erased together',
      },
    ],
  },
]);

test('an erasure is listed until it has reached all records, and after', async () => {
  const id = await deletedUser();
  const { eraseDataSubject } = await admin.ask<{ eraseDataSubject: { id: string } }>(
    erasing,
    subject('USER', id),
  );
  await instance.instance.settled();
  const { erasures } = await admin.ask<{ erasures: readonly Record<string, unknown>[] }>(listing);
  const [newest] = erasures;
  assert(newest !== undefined);
  const { requestedAt, completedAt, ...rest } = newest;
  assert(String(requestedAt) <= String(completedAt));
  assert.deepEqual(rest, {
    id: eraseDataSubject.id,
    subjectKind: 'USER',
    subjectId: id,
    requestedBy: { email: 'admin@example.com' },
    progress: 1,
    // Invited, chose a password, was deleted.
    records: 3,
  });
});

test('whose records may be under a legal hold is erased only once it is released', async () => {
  const hold = async (from: number, to: number | null) => {
    const { createLegalHold } = await admin.ask<{ createLegalHold: { legalHold: { id: string } } }>(
      'mutation ($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } } }',
      { input: { from, to, reason: 'Case 7' } },
    );
    return createLegalHold.legalHold.id;
  };
  await hold(0, 5);
  const id = await deletedUser();
  const open = await hold(6, null);
  await instance.instance.settled();
  const { errors } = await admin.graphql(erasing, subject('USER', id));
  assert.deepEqual(
    [errors[0]?.message, errors[0]?.extensions],
    [
      'Records from 6 on are under legal hold and may have data of this subject: release the hold first',
      { code: 'CONFLICT', field: 'input.subject.id' },
    ],
  );
  await admin.ask('mutation ($id: ID!) { releaseLegalHold(input: { id: $id }) { legalHold { id } } }', {
    id: open,
  });
  // The other hold is of records from before this person was known.
  const { eraseDataSubject } = await admin.ask<{ eraseDataSubject: { id: string } }>(
    erasing,
    subject('USER', id),
  );
  assert.match(eraseDataSubject.id, /^[0-9a-f-]{36}$/);
});
