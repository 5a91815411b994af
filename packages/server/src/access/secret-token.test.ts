import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { newSecretToken, secretTokenSha256 } from './secret-token.ts';

const kinds = ['api_token', 'session', 'one_time_link'] as const;

test('an API token is a prefix, 256 random bits and a checksum, the same for ever', () => {
  const token = newSecretToken('api_token', (size) => new Uint8Array(size).fill(0xa5));
  assert.equal(token.value, `pawprint_${'a5'.repeat(32)}7949b576`);
  assert.equal(token.sha256, createHash('sha256').update(token.value).digest('hex'));
});

test('a new secret is found again by its value, and only as its own kind', () => {
  for (const kind of kinds) {
    const token = newSecretToken(kind);
    for (const other of kinds) {
      assert.equal(secretTokenSha256(other, token.value), other === kind ? token.sha256 : undefined);
    }
  }
});

test('no two secrets are the same', () => {
  const values = Array.from({ length: 1000 }, () => newSecretToken('session').value);
  assert.equal(new Set(values).size, 1000);
});

test('a secret with any one character changed is refused without a look-up', () => {
  const { value } = newSecretToken('api_token');
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.constantFrom(...'0123456789abcdefgA_ é\0'), (at, character) => {
      const changed = value.slice(0, at) + character + value.slice(at + 1);
      if (changed !== value) assert.equal(secretTokenSha256('api_token', changed), undefined);
    }),
  );
});

test('what was cut off, added to, or never was a secret is refused', () => {
  const { value } = newSecretToken('api_token');
  for (const text of [
    '',
    'pawprint_',
    value.slice(1),
    value.slice(0, -1),
    `${value}\n`,
    ` ${value}`,
    value.toUpperCase(),
  ]) {
    assert.equal(secretTokenSha256('api_token', text), undefined, JSON.stringify(text));
  }
});
