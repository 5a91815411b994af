import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createResultWriter, deleteResult, openResultStore, readResultPage } from './result-store.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pawprint-results-'));
});
after(() => rm(directory, { recursive: true }));

const columns = [{ name: 's', type: 'VARCHAR' }];

async function write(id: string, batches: readonly (readonly string[])[]): Promise<void> {
  await using writer = await createResultWriter(directory, id);
  for (const batch of batches) await writer.append(batch.map((s) => JSON.stringify({ s })));
  await writer.finish({ columns, rowCount: writer.rows, bytesScanned: 0, executionTimeMs: 0, warnings: [] });
}

test('any page of any result holds its rows', async () => {
  const batches = fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      batches,
      fc.nat(30),
      fc.integer({ min: 1, max: 30 }),
      async (written, offset, pageSize) => {
        await write('any', written);
        const all = written.flat().map((s) => ({ s }));
        const page = await readResultPage(directory, 'any', { offset, pageSize });
        assert.deepEqual(page, {
          columns,
          rowCount: all.length,
          rows: all.slice(offset, offset + pageSize),
          nextOffset: offset + pageSize < all.length ? offset + pageSize : undefined,
        });
      },
    ),
    { numRuns: 50 },
  );
  await deleteResult(directory, 'any');
});

test('a result that was not finished does not exist, and leaves nothing', async () => {
  {
    await using writer = await createResultWriter(directory, 'unfinished');
    await writer.append(['{}']);
  }
  assert.deepEqual(await readdir(directory), []);
  await assert.rejects(readResultPage(directory, 'unfinished', { offset: 0, pageSize: 1 }), {
    code: 'unknown_result',
  });
});

test('opening keeps finished results and removes what a crash left', async () => {
  await write('kept', [['x']]);
  await writeFile(join(directory, 'crashed.ndjson'), '{}');
  await writeFile(join(directory, 'crashed.offsets'), '');
  await writeFile(join(directory, 'crashed.json.tmp'), '');
  await openResultStore(directory);
  assert.deepEqual((await readdir(directory)).sort(), ['kept.json', 'kept.ndjson', 'kept.offsets']);
});
