import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type CidrBlock, parseCidrBlock } from './cidr-block.ts';
import { clientAddress } from './client-address.ts';

const trustedProxies: CidrBlock[] = ['10.0.0.0/8', 'fd00::/8'].flatMap((text) => parseCidrBlock(text) ?? []);

function sourceOf(remoteAddress: string | undefined, forwardedFor?: string | string[]): string | undefined {
  return clientAddress({ remoteAddress, forwardedFor, trustedProxies }).sourceIP;
}

test('without the header the source is the other end of the socket', () => {
  assert.deepEqual(clientAddress({ remoteAddress: '203.0.113.9', forwardedFor: undefined, trustedProxies }), {
    sourceIP: '203.0.113.9',
    XForwardedFor: undefined,
  });
  assert.equal(sourceOf('10.0.0.1'), '10.0.0.1');
  assert.equal(sourceOf(undefined), undefined);
});

test('a header from someone who is not a trusted proxy is kept but not believed', () => {
  assert.deepEqual(
    clientAddress({ remoteAddress: '203.0.113.9', forwardedFor: '127.0.0.1, 10.0.0.1', trustedProxies }),
    { sourceIP: '203.0.113.9', XForwardedFor: ['127.0.0.1', '10.0.0.1'] },
  );
  assert.equal(sourceOf(undefined, '127.0.0.1'), undefined);
});

test('nobody is trusted by default', () => {
  const connection = { remoteAddress: '127.0.0.1', forwardedFor: '198.51.100.7', trustedProxies: [] };
  assert.equal(clientAddress(connection).sourceIP, '127.0.0.1');
});

test('through trusted proxies the source is the last address they did not add themselves', () => {
  assert.equal(sourceOf('10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.equal(sourceOf('10.0.0.1', '198.51.100.7, 10.0.0.2'), '198.51.100.7');
  assert.equal(sourceOf('fd00::1', '2001:DB8:0:0::7, fd00::2'), '2001:db8::7');
  assert.equal(sourceOf('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3');
});

test('what a client puts in front of its own address is not believed', () => {
  assert.equal(sourceOf('10.0.0.1', '127.0.0.1, 10.9.9.9, 198.51.100.7, 10.0.0.2'), '198.51.100.7');
});

test('several headers count as one list, in order, with trimmed items', () => {
  const forwardedFor = ['127.0.0.1 ,garbage', '', ' 198.51.100.7,, 10.0.0.2'];
  assert.deepEqual(clientAddress({ remoteAddress: '10.0.0.1', forwardedFor, trustedProxies }), {
    sourceIP: '198.51.100.7',
    XForwardedFor: ['127.0.0.1', 'garbage', '198.51.100.7', '10.0.0.2'],
  });
});

test('an item that is no address ends the walk', () => {
  for (const garbage of [
    'unknown',
    '_hidden',
    '010.0.0.1',
    '1.2.3',
    '999.1.1.1',
    '<script>',
    '[',
    '::1]:80',
  ]) {
    assert.equal(sourceOf('10.0.0.1', `198.51.100.7, ${garbage}, 10.0.0.2`), '10.0.0.2', garbage);
  }
});

test('ports and brackets that proxies add are no part of the address', () => {
  assert.equal(sourceOf('10.0.0.1', '198.51.100.7:50443'), '198.51.100.7');
  assert.equal(sourceOf('10.0.0.1', '[2001:db8::7]:50443'), '2001:db8::7');
  assert.equal(sourceOf('10.0.0.1', '[2001:db8::7]'), '2001:db8::7');
});

test('IPv4 addresses mapped into IPv6 and zones come out in one form', () => {
  assert.equal(sourceOf('::ffff:203.0.113.9'), '203.0.113.9');
  assert.equal(sourceOf('::ffff:10.0.0.1', '::FFFF:198.51.100.7'), '198.51.100.7');
  assert.equal(sourceOf('fe80::1%eth0'), 'fe80::1');
});

test('whatever a client sends, an untrusted socket is its own source', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (forwardedFor) => {
      assert.equal(sourceOf('203.0.113.9', forwardedFor), '203.0.113.9');
    }),
  );
});

test('whatever a client sends, what a trusted proxy appends decides', () => {
  fc.assert(
    fc.property(fc.string(), (forged) => {
      assert.equal(sourceOf('10.0.0.1', `${forged}, 198.51.100.7`), '198.51.100.7');
    }),
  );
});
