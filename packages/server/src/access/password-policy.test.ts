import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '@pawprint/record';
import * as z from 'zod';
import { passwordProblem, passwordSchema } from './password-policy.ts';

const email = 'ada.lovelace@example.com';

test('long passwords of any kind of characters are good', () => {
  const good = [
    'tidal-acorn-velvet',
    'four words and spaces',
    '839201746583',
    'пароль для входа',
    '漢字でも十二文字なら良い',
    '🐾🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔',
    'my secret welcome party at noon',
    '!@#$%^&*()_+',
    'x9'.repeat(4) + 'kfqwzt'.repeat(40),
  ];
  for (const password of good) assert.equal(passwordProblem(password, email), undefined, password);
});

test('the length is counted in characters, after normalization', () => {
  assert.equal(passwordProblem('tidal-acorn', email), 'must have at least 12 characters');
  assert.equal(passwordProblem('e\u0301tidal-acor', email), 'must have at least 12 characters');
  assert.equal(passwordProblem('🐾🦊🐻🐼🐨🐯', email), 'must have at least 12 characters');
  assert.equal(passwordProblem('tidal'.repeat(52), email), 'must have at most 256 characters');
  assert.equal(passwordProblem('\ufdfa\ufb01xyz'.repeat(50), email), 'must have at most 256 characters');
});

test('the e-mail address is no password, in whatever case and dress', () => {
  for (const password of [email, 'ADA.LOVELACE', 'ada-lovelace-2026', 'Ada.Lovelace@Example.Com!!1']) {
    assert.equal(passwordProblem(password, email), 'must not be the e-mail address', password);
  }
});

test('a short local part does not make other passwords bad', () => {
  assert.equal(passwordProblem('tidal-acorn-velvet', 'a@example.com'), undefined);
});

test('what everyone guesses first is refused', () => {
  const guessed = [
    'password1234',
    'Password-2026!',
    'passwordpassword',
    'administrator1',
    'qwertyuiop123',
    '123456789012',
    'changeme-changeme',
    'Correct Horse Battery Staple',
    'ｐａｓｓｗｏｒｄ1234',
    'welcome, admin!',
  ];
  for (const password of guessed) {
    assert.equal(
      passwordProblem(password, email),
      'must not be a common password or a sequence of keys',
      password,
    );
  }
});

test('hardly any different characters are refused', () => {
  assert.equal(passwordProblem('abababababababab', email), 'must have at least 5 different characters');
  assert.equal(passwordProblem(' '.repeat(20), email), 'must have at least 5 different characters');
});

test('broken Unicode is refused, since different broken passwords would hash alike', () => {
  assert.equal(passwordProblem('tidal-acorn-\ud800-velvet', email), 'must not contain broken Unicode');
});

test('an entered password is bounded, and never recorded', () => {
  assert.equal(
    passwordSchema.safeParse('x'.repeat(1025)).error?.issues[0]?.message,
    'must have at most 256 characters',
  );
  const input = z.object({ password: passwordSchema });
  assert.deepEqual(redact(input, { password: 'tidal-acorn-velvet' }), { password: '(redacted)' });
});
