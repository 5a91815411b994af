import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApi } from './api-under-test.ts';

test('the console is served with its policy, and leaves no record', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<head></head><body></body>');
  await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'void 0;');
  await writeFile(join(folder, 'theme.js'), 'void 0;');
  await writeFile(join(folder, '..', 'pawprint-outside.txt'), 'outside');
  await using api = await openApi({ consoleFolder: folder });
  const get = (url: string) => api.inject({ url, headers: { host: 'paw.example:8080' } });

  const records = await api.recordsOf(async () => {
    const page = await get('/audit-log?index=3');
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers['content-type']), /^text\/html/);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none';.*script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|nonce|data:/);
    const [, config = ''] =
      /<script id="__PANTHER_CONFIG__" type="application\/json">(.*?)<\/script>/.exec(page.payload) ?? [];
    assert.deepEqual(JSON.parse(config), {
      rest: 'http://paw.example:8080',
      WEB_APPLICATION_GRAPHQL_API_ENDPOINT: 'http://paw.example:8080/internal/graphql',
    });

    const asset = await get('/assets/app-1a2b.js');
    assert.equal(asset.statusCode, 200);
    assert.match(String(asset.headers['content-type']), /javascript/);
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal((await get('/theme.js')).headers['cache-control'], 'public, max-age=0');
    assert.equal((await api.inject({ method: 'HEAD', url: '/' })).statusCode, 200);

    for (const url of [
      '/assets/gone.js',
      '/../pawprint-outside.txt',
      '/%2e%2e/pawprint-outside.txt',
      '/theme.js%00',
    ]) {
      const answer = await get(url);
      assert.doesNotMatch(answer.payload, /outside/, url);
      assert.notEqual(answer.statusCode, 500, url);
    }
    assert.equal((await get('/assets/gone.js')).statusCode, 404);
    assert.equal((await get('/healthz')).statusCode, 200);
    assert.equal((await get('/readyz')).statusCode, 200);
  });
  assert.deepEqual(records, []);
  await rm(folder, { recursive: true });
  await rm(join(folder, '..', 'pawprint-outside.txt'));
});

test('an index.html with a hostile Host header stays what it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-console-'));
  await writeFile(join(folder, 'index.html'), '<head></head>');
  await using api = await openApi({ consoleFolder: folder });
  const page = await api.inject({ url: '/', headers: { host: 'x</script><script>alert(1)</script>' } });
  assert.equal(page.payload.match(/<script/g)?.length, 1);
  await rm(folder, { recursive: true });
});

test('without a built console the address says how to build it', async () => {
  await using api = await openApi();
  const page = await api.inject({ url: '/' });
  assert.equal(page.statusCode, 503);
  assert.match(page.payload, /npm run build/);
});

test('every answer forbids sniffing, framing and referrers', async () => {
  await using api = await openApi();
  for (const url of ['/', '/healthz', '/internal/session', '/public/graphql', '/nothing.js']) {
    const { headers } = await api.inject({ url });
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
    assert.equal(headers['referrer-policy'], 'no-referrer', url);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', url);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', url);
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, url);
  }
});
