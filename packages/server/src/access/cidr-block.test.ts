import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { allowedCidrBlocksSchema, isInAllowedNetworks, parseCidrBlock } from './cidr-block.ts';

test('IPv4 and IPv6 networks and single addresses are accepted', () => {
  const blocks = ['192.168.1.10/32', '10.0.0.0/8', '0.0.0.0/0', '2001:DB8::/32', '::1/128', '::/0'];
  assert.deepEqual(allowedCidrBlocksSchema.parse(blocks), blocks);
});

test('what is not a network is refused, and the item is named', () => {
  const refused = [
    '',
    '10.0.0.1',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    '10.0.0/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '256.0.0.0/8',
    '10.0.0.0/255.0.0.0',
    '2001:db8::/129',
    '2001:db8:::/32',
    '::ffff:10.0.0.0/95',
    'fe80::1%eth0/64',
    'example.com/24',
  ];
  for (const block of refused) {
    const issue = allowedCidrBlocksSchema.safeParse(['10.0.0.0/8', block]).error?.issues[0];
    assert.equal(
      issue?.message,
      'must be a network such as 192.0.2.0/24, 192.0.2.10/32 or 2001:db8::/32',
      block,
    );
    assert.deepEqual(issue.path, [1]);
  }
  assert.equal(allowedCidrBlocksSchema.safeParse(Array(101).fill('10.0.0.0/8')).success, false);
});

test('an address is allowed by its network only', () => {
  const decisions: [sourceIP: string, block: string, allowed: boolean][] = [
    ['192.168.1.10', '192.168.1.10/32', true],
    ['192.168.1.11', '192.168.1.10/32', false],
    ['10.255.0.1', '10.0.0.5/8', true],
    ['11.0.0.1', '10.0.0.0/8', false],
    ['203.0.113.9', '0.0.0.0/0', true],
    ['2001:db8:0:1::7', '2001:db8::/32', true],
    ['2001:db9::7', '2001:db8::/32', false],
    ['2001:db8::7', '0.0.0.0/0', false],
    ['10.0.0.1', '::/0', false],
    ['::ffff:10.0.0.1', '10.0.0.0/8', true],
    ['10.0.0.1', '::ffff:10.0.0.0/104', true],
    ['11.0.0.1', '::ffff:10.0.0.0/104', false],
  ];
  for (const [sourceIP, block, allowed] of decisions) {
    assert.equal(isInAllowedNetworks(sourceIP, [block]), allowed, `${sourceIP} in ${block}`);
  }
});

test('no networks allow any address, and any network excludes an unknown one', () => {
  assert.equal(isInAllowedNetworks(undefined, []), true);
  assert.equal(isInAllowedNetworks('not an address', []), true);
  assert.equal(isInAllowedNetworks(undefined, ['0.0.0.0/0', '::/0']), false);
  assert.equal(isInAllowedNetworks('not an address', ['0.0.0.0/0', '::/0']), false);
});

test('every address is in its own network of any length', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (ip, length) => {
      assert.equal(isInAllowedNetworks(ip, [`${ip}/${length}`]), true);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), fc.integer({ min: 96, max: 128 }), (ip, length) => {
      assert.equal(isInAllowedNetworks(ip, [`${ip}/${length}`]), true);
    }),
  );
});

test('any text at all is a network or is not, without an exception', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:/]{0,40}$/));
  fc.assert(fc.property(text, (value) => void parseCidrBlock(value)));
});
