import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { startTimestampAuthority, type TimestampAuthority, withoutOpenssl } from '@pawprint/testing';
import {
  createTimestampRequest,
  parseCertificates,
  type TimestampErrorCode,
  verifyTimestamp,
} from '../src/index.ts';

const data = Buffer.from('example.com/log\n1\nAAAA\n');
const skip = withoutOpenssl;

suite('a time stamp', { skip }, async () => {
  if (skip !== false) return;
  const authority = await startTimestampAuthority();
  after(() => authority[Symbol.asyncDispose]());

  async function stamp(by: TimestampAuthority = authority) {
    const { der, nonce } = createTimestampRequest(data);
    return { nonce, data, response: await by.reply(der), trusted: parseCertificates(by.root) };
  }

  function assertRefused(check: Parameters<typeof verifyTimestamp>[0], code: TimestampErrorCode): void {
    assert.throws(() => verifyTimestamp(check), { name: 'TimestampError', code });
  }

  for (const key of ['rsa', 'ec'] as const) {
    test(`by an authority with an ${key} key is accepted, by openssl too`, async () => {
      await using other = await startTimestampAuthority({ key });
      const check = await stamp(other);
      const { time, authority: name } = verifyTimestamp(check);
      assert.equal(name, 'CN=Test authority');
      assert(Math.abs(time.getTime() - Date.now()) < 60_000);
      const folder = mkdtempSync(join(tmpdir(), 'pawprint-stamp-'));
      after(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, 'data'), data);
      writeFileSync(join(folder, 'tsr'), check.response);
      execFileSync('openssl', ['ts', '-verify', '-data', 'data', '-in', 'tsr', '-CAfile', other.rootFile], {
        cwd: folder,
        stdio: 'pipe',
      });
    });
  }

  test('is refused for other data, for another request, and by another root', async () => {
    const check = await stamp();
    assertRefused({ ...check, data: Buffer.from('other') }, 'wrong_imprint');
    assertRefused({ ...check, nonce: check.nonce + 1n }, 'wrong_nonce');
    await using other = await startTimestampAuthority({ key: 'ec' });
    assertRefused({ ...check, trusted: parseCertificates(other.root) }, 'untrusted');
    assertRefused({ ...check, trusted: [] }, 'untrusted');
  });

  test('is refused of a certificate that had expired', async () => {
    await using expired = await startTimestampAuthority({ key: 'ec', endDate: '20240101000000Z' });
    assertRefused(await stamp(expired), 'expired');
  });

  test('is refused when the authority says so, and when it is none at all', async () => {
    // PKIStatusInfo with the status 2, rejection.
    assertRefused({ ...(await stamp()), response: Buffer.from('30053003020102', 'hex') }, 'rejected');
    for (const response of [Buffer.of(), Buffer.from('<html>'), Buffer.from('3005300302010', 'hex')]) {
      assertRefused({ ...(await stamp()), response }, 'malformed');
    }
  });

  test('is refused with any one byte of it changed', async () => {
    const check = await stamp();
    const { length } = check.response;
    for (let at = 0; at < length; at += 7) {
      const response = Buffer.from(check.response);
      response[at] = (response[at] ?? 0) ^ 0x01;
      try {
        const { time } = verifyTimestamp({ ...check, response });
        // The certificates besides the signer's and what is not signed may change as long as all that counts verifies.
        assert.equal(time.getTime(), verifyTimestamp(check).time.getTime(), `byte ${at} of ${length}`);
      } catch (error) {
        assert.equal((error as Error).name, 'TimestampError', `byte ${at} of ${length}: ${error}`);
      }
    }
  });
});

test('a text without a certificate, or with a broken one, is refused', () => {
  for (const pem of ['', 'PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    assert.throws(() => parseCertificates(pem), { name: 'TimestampError', code: 'malformed' });
  }
});
