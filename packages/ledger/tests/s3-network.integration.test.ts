import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterEach, suite, test } from 'node:test';
import { openS3Store, type S3Location } from '../src/storage/s3-store.ts';
import { type FaultyProxy, type ProxyFault, proxyFaults, startFaultyProxy } from './faulty-proxy.ts';
import { createRandom } from './random-faults.ts';
import { newLocation, placeIn, versionsAt, withoutS3 } from './s3-server.ts';
import { TestLog } from './test-log.ts';

const answerMsMax = 400;

const proxies: FaultyProxy[] = [];
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

/** A place in a bucket, reached through a proxy. */
async function through(
  location: S3Location,
  next: () => ProxyFault | undefined,
): Promise<{ proxy: FaultyProxy; throughProxy: S3Location }> {
  const proxy = await startFaultyProxy(location.endpoint ?? '', next, 2 * answerMsMax);
  proxies.push(proxy);
  return { proxy, throughProxy: { ...location, endpoint: proxy.endpoint, answerMsMax } };
}

suite('a bucket over a bad network', { skip: withoutS3 ?? false }, () => {
  for (const fault of proxyFaults) {
    test(`an object is whole, or there is an error, when each request ${fault}`, async () => {
      const location = newLocation();
      const direct = await openS3Store(location, 'COMPLIANCE');
      const bytes = Buffer.alloc(300_000, 'entries');
      await direct.write('bundle', bytes);
      let isFaulty = false;
      const { throughProxy } = await through(location, () => (isFaulty ? fault : undefined));
      const store = await openS3Store(throughProxy, 'COMPLIANCE');
      isFaulty = true;
      const started = performance.now();
      await assert.rejects(store.read('bundle'), {
        name: 'LedgerError',
        code: 'storage',
        message: /read bundle/,
      });
      // The answer to a writing has no body that could be cut off or wrong.
      if (!['has an effect, but its answer is cut off', 'has an answer with a wrong byte'].includes(fault)) {
        await assert.rejects(store.write('other', bytes), { code: 'storage', message: /write other/ });
      }
      assert.ok(performance.now() - started < 60_000, 'it took too long to give up');
      isFaulty = false;
      assert.deepEqual(await store.read('bundle'), bytes);
      await store.write('other', Buffer.from('small'));
      await store.write('other', Buffer.from('smaller'));
      assert.equal(String(await direct.read('other')), 'smaller');
      assert.deepEqual(
        (await versionsAt(location)).map(({ Key }) => Key),
        ['bundle', 'other'],
      );
    });
  }

  const seed = randomInt(2 ** 32);
  test(`a ledger goes on by itself, and nothing is lost or doubled, seed ${seed}`, async (context) => {
    const random = createRandom(seed);
    let likelihood = 0;
    // Longer than the store tries by itself, now and then.
    let lasting: ProxyFault | undefined;
    const next = () => {
      if (lasting === undefined || random() < 0.3) {
        lasting = random() < likelihood ? proxyFaults[Math.floor(random() * proxyFaults.length)] : undefined;
      }
      return lasting;
    };
    const location = newLocation();
    const { proxy, throughProxy } = await through(location, next);
    const log = await TestLog.create(placeIn(location));
    const ledger = await log.open({ store: await openS3Store(throughProxy, 'COMPLIANCE') });
    for (let burst = 0; burst < 12; burst += 1) {
      likelihood = 0.12;
      log.add(1 + Math.floor(random() * 150));
      await ledger.settled();
    }
    likelihood = 0;
    log.add(1);
    await ledger.settled();
    await ledger.close();
    await log.check();
    assert.ok(
      log.errors.every(({ code }) => code === 'storage'),
      String(log.errors),
    );
    const versions = await versionsAt(location);
    assert.equal(
      versions.filter(({ Key }) => Key === 'checkpoint').length,
      1,
      'replaced checkpoints are left',
    );
    context.diagnostic(
      `met ${JSON.stringify([...proxy.met])}; ${log.errors.length} times the ledger had to wait`,
    );
    await log.remove();
  });
});
