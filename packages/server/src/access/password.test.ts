import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActionError } from '../actions/action-error.ts';
import { hashPassword, needsRehash, verifyPassword } from './password.ts';

/** From the tests of the argon2 reference implementation: "password" with the salt "somesalt". */
const published = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
/** As cheap as argon2id allows, and nobody's. */
const cheap = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA';

test('a password is verified by its hash, and no other is', async () => {
  const stored = await hashPassword('tidal-acorn-velvet');
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await verifyPassword(stored, 'tidal-acorn-velvet'), true);
  assert.equal(await verifyPassword(stored, 'tidal-acorn-velveT'), false);
  assert.equal(await verifyPassword(stored, ''), false);
});

test('the same password never has the same hash', async () => {
  assert.notEqual(await hashPassword('tidal-acorn-velvet'), await hashPassword('tidal-acorn-velvet'));
});

test('hashes that others made are understood', async () => {
  assert.equal(await verifyPassword(published, 'password'), true);
  assert.equal(await verifyPassword(published, 'Password'), false);
});

test('a password is the same however a keyboard composes it', async () => {
  const stored = await hashPassword('cafe\u0301 au lait ﬁn');
  assert.equal(await verifyPassword(stored, 'caf\u00e9 au lait fin'), true);
});

test('an account that does not exist, or has no password, can not be signed in to', async () => {
  assert.equal(await verifyPassword(undefined, 'tidal-acorn-velvet'), false);
  assert.equal(await verifyPassword(null, ''), false);
});

test('a hash of other costs is to be made again', async () => {
  assert.equal(needsRehash(await hashPassword('tidal-acorn-velvet')), false);
  assert.equal(needsRehash(published), true);
  assert.equal(needsRehash(cheap), true);
});

test('a stored text that is no hash is an error, not a wrong password', async () => {
  for (const stored of [
    '',
    'tidal-acorn-velvet',
    '$2b$12$abcdefghijklmnopqrstuv',
    cheap.replace('argon2id', 'argon2i'),
  ]) {
    await assert.rejects(verifyPassword(stored, 'tidal-acorn-velvet'), /must be argon2id in PHC string form/);
  }
});

test('beyond a hundred waiting, sign-ins are refused until some are done', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 110 }, () => verifyPassword(cheap, 'tidal-acorn-velvet')),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(refused.length, 8);
  for (const { reason } of refused) {
    assert.ok(reason instanceof ActionError);
    assert.equal(reason.code, 'RATE_LIMITED');
  }
  assert.equal(await verifyPassword(cheap, 'tidal-acorn-velvet'), false);
});
