import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidrBlock } from '../access/cidr-block.ts';
import { requestOrigin } from './request-origin.ts';

const proxies = [parseCidrBlock('10.0.0.0/8')].filter((block) => block !== undefined);
const forged = {
  host: 'inside:8080',
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'pawprint.example',
};

test('a trusted proxy says who asks, by which scheme and host', () => {
  assert.deepEqual(requestOrigin('10.1.2.3', forged, proxies), {
    sourceIP: '203.0.113.9',
    XForwardedFor: ['203.0.113.9'],
    isSecure: true,
    host: 'pawprint.example',
  });
});

test('anybody else is not believed, but the header is kept', () => {
  assert.deepEqual(requestOrigin('198.51.100.7', forged, proxies), {
    sourceIP: '198.51.100.7',
    XForwardedFor: ['203.0.113.9'],
    isSecure: false,
    host: 'inside:8080',
  });
});

test('a user agent is read as UTF-8 where it is that, else as Latin-1', () => {
  const userAgent = (bytes: Buffer) =>
    requestOrigin('192.0.2.1', { 'user-agent': bytes.toString('latin1') }, []).userAgent;
  assert.equal(userAgent(Buffer.from('Bär/1.0 ✓')), 'Bär/1.0 ✓');
  assert.equal(userAgent(Buffer.from([0x42, 0xe4, 0x72])), 'Bär');
});
