import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { emailAddressSchema, emailKey } from './email-address.ts';

test('addresses in use are accepted as written', () => {
  const addresses = [
    'ada@example.com',
    'Ada.Lovelace+audit@Example.COM',
    "o'neil@example.co.uk",
    'josé@bücher.example',
    'root@localhost',
    `${'a'.repeat(64)}@example.com`,
  ];
  for (const address of addresses) assert.equal(emailAddressSchema.parse(address), address);
});

test('white space around an address is not part of it', () => {
  assert.equal(emailAddressSchema.parse(' ada@example.com\n'), 'ada@example.com');
});

test('what is not one plain address is refused', () => {
  const refused = [
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@@example.com',
    'ada@b@example.com',
    'a da@example.com',
    'ada@exa\nmple.com',
    'ada\0@example.com',
    'ada\u200b@example.com',
    'ada\u202e@example.com',
    'ada\ud800@example.com',
    'ada@example..com',
    'ada@.example.com',
    'ada@example.com.',
    'Ada <ada@example.com>',
    'ada@example.com,eve@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(251)}`,
    `${'é'.repeat(33)}@example.com`,
    'a'.repeat(1_000_000),
  ];
  for (const address of refused) {
    assert.equal(
      emailAddressSchema.safeParse(address).error?.issues[0]?.message,
      'must be an e-mail address such as ada@example.com',
      JSON.stringify(address.slice(0, 80)),
    );
  }
});

test('addresses that differ by letter case, composition or outer space are one account', () => {
  const same = ['zoë@example.com', ' Zoë@Example.com', 'ZOË@EXAMPLE.COM', 'zoe\u0308@example.com\t'];
  assert.deepEqual(new Set(same.map(emailKey)), new Set(['zoë@example.com']));
});

test('the normal form of a normal form is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) =>
      assert.equal(emailKey(emailKey(text)), emailKey(text)),
    ),
  );
});
