import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { auditTable, temporaryLake } from '../testing/temporary-lake.ts';
import type { SearchFilters } from './search.ts';

const request = { table: auditTable, tables: [auditTable] };

suite('a search', async () => {
  const lake = await temporaryLake({ after });
  await lake.load(
    ...([
      {
        timestamp: '2026-11-20 10:00:00.000000001',
        actionName: 'SIGN_IN',
        actionResult: 'FAILED',
        sourceIP: '203.0.113.9',
      },
      {
        timestamp: '2026-11-20 10:00:00.000000002',
        sourceIP: '::ffff:203.0.113.77',
        userAgent: 'curl/8 100% _legit_',
      },
      {
        timestamp: '2026-11-21 10:00:00.000000000',
        actor: { id: 'token-1', type: 'TOKEN', name: 'Deploys', attributes: { email: 'ada@example.com' } },
        actionParams: { dynamic: { input: { ids: ['2B6F0CC9-04f1', 'b'], count: 5, 'odd.name "x"': 'y' } } },
        sourceIP: '2001:db8::9',
      },
      {
        timestamp: '2026-10-01 00:00:00.000000000',
        errors: [{ message: 'Too late, Zoë' }],
        XForwardedFor: ['198.51.100.7', '10.0.0.1'],
      },
    ] satisfies Partial<AuditRecord>[]),
  );

  const indexes = async (filters: SearchFilters): Promise<unknown[]> => {
    const { rows } = await lake.lake.search({ ...request, filters, limit: 10 });
    return rows.map(({ p_ledger_index }) => p_ledger_index);
  };
  const field = (path: string, operator: 'equals' | 'contains' | 'exists', value?: string) =>
    indexes({ fields: [{ path, operator, ...(value !== undefined && { value }) }] });

  test('without filters finds everything, the newest first', async () => {
    assert.deepEqual(await indexes({}), [2, 1, 0, 3]);
  });

  test('gives whole rows as queries do', async () => {
    const { rows } = await lake.lake.search({ ...request, filters: { actorIds: ['token-1'] }, limit: 1 });
    assert.deepEqual(rows, await lake.rows("SELECT * FROM panther_audit WHERE actor.id = 'token-1'"));
  });

  test('takes a time from its start on and before its end', async () => {
    const from = new Date('2026-11-20T10:00:00Z');
    assert.deepEqual(await indexes({ from, to: new Date('2026-11-21T10:00:00Z') }), [1, 0]);
  });

  test('finds actors, actions and results; an empty list of them asks for nothing', async () => {
    assert.deepEqual(await indexes({ actorIds: ['token-1', 'nobody'] }), [2]);
    assert.deepEqual(await indexes({ actionNames: ['SIGN_IN'] }), [0]);
    assert.deepEqual(await indexes({ actionResults: ['FAILED', 'PARTIALLY_FAILED'] }), [0]);
    assert.deepEqual(await indexes({ actionNames: [] }), [2, 1, 0, 3]);
  });

  test('finds addresses and blocks of them, however an address is written', async () => {
    assert.deepEqual(await indexes({ sourceIPs: ['203.0.113.9'] }), [0]);
    assert.deepEqual(await indexes({ sourceIPs: ['203.0.113.0/24'] }), [1, 0]);
    assert.deepEqual(await indexes({ sourceIPs: ['203.0.113.8/29'] }), [0]);
    assert.deepEqual(await indexes({ sourceIPs: ['0.0.0.0/0'] }), [1, 0]);
    assert.deepEqual(await indexes({ sourceIPs: ['2001:DB8:0:0::9'] }), [2]);
    assert.deepEqual(await indexes({ sourceIPs: ['2001:db8::/32', '203.0.113.9/32'] }), [2, 0]);
    assert.deepEqual(await indexes({ sourceIPs: ['2001:db8::a/127'] }), []);
  });

  test('finds text in any field, whatever its case', async () => {
    assert.deepEqual(await indexes({ text: '2b6f0cc9-04F1' }), [2]);
    assert.deepEqual(await indexes({ text: 'ADA@example' }), [2]);
    assert.deepEqual(await indexes({ text: '100% _LEGIT_' }), [1]);
    assert.deepEqual(await indexes({ text: '1000 _legit_' }), []);
    assert.deepEqual(await indexes({ text: 'late, ZOË' }), [3]);
    assert.deepEqual(await indexes({ text: '10.0.0.1' }), [3]);
    assert.deepEqual(await indexes({ text: "' OR true --" }), []);
    assert.deepEqual(await indexes({ text: '"x\\": "' }), []);
    assert.deepEqual(await indexes({ text: 'odd.name "x"' }), [2], 'JSON has it escaped');
    assert.deepEqual(await indexes({ text: '10:00:00.000000002' }), [1]);
    assert.deepEqual(
      await indexes({ text: 'panther audit logs' }),
      [],
      'the source of each row is no text of it',
    );
    assert.deepEqual(await indexes({ text: ['deploys', 'ada@'] }), [2]);
    assert.deepEqual(await indexes({ text: ['deploys', 'curl'] }), []);
  });

  test('finds actors by a part of their name or address, and rows by their place in the ledger', async () => {
    assert.deepEqual(await indexes({ actorName: 'DEPLOY' }), [2]);
    assert.deepEqual(await indexes({ actorName: 'ada@' }), [2]);
    assert.deepEqual(await indexes({ actorName: 'token-1' }), []);
    assert.deepEqual(await indexes({ ledgerIndexes: { from: 1, before: 3 } }), [2, 1]);
  });

  test('compares fields of any depth', async () => {
    assert.deepEqual(await field('actionParams.dynamic.input.ids[1]', 'equals', 'b'), [2]);
    assert.deepEqual(await field('actionParams.dynamic.input.count', 'equals', '5'), [2]);
    assert.deepEqual(await field('actionParams.dynamic.input.ids', 'contains', '0cc9-04F'), [2]);
    assert.deepEqual(await field('actor.attributes.email', 'exists'), [2]);
    assert.deepEqual(await field('p_any_ip_addresses', 'equals', '10.0.0.1'), [3]);
    assert.deepEqual(await field('XForwardedFor', 'contains', '51.100'), [3]);
    assert.deepEqual(await field('p_ledger_index', 'equals', '3'), [3]);
    assert.deepEqual(await field('actionParams.dynamic.input.ids[*]', 'equals', 'b'), [2]);
    assert.deepEqual(await field('actionParams.dynamic.input.ids[*]', 'contains', 'CC9-04'), [2]);
    assert.deepEqual(await field('actionParams.dynamic.input.ids[*]', 'exists'), [2]);
    assert.deepEqual(await field('actionParams.dynamic.input.ids[*].id', 'exists'), []);
    assert.deepEqual(await field('errors[*].message', 'contains', 'zoë'), [3]);
    assert.deepEqual(await field('XForwardedFor[*]', 'equals', '10.0.0.1'), [3]);
  });

  test('names what it cannot take', async () => {
    const refused = async (filters: SearchFilters, message: RegExp): Promise<void> => {
      await assert.rejects(lake.lake.search({ ...request, filters, limit: 1 }), {
        code: 'invalid_search',
        message,
      });
    };
    await refused({ sourceIPs: ['203.0.113.9/33'] }, /^sourceIPs: '203\.0\.113\.9\/33' is neither/);
    await refused({ sourceIPs: ['example.com'] }, /^sourceIPs: 'example\.com' is neither/);
    await refused(
      { fields: [{ path: 'nothing.here', operator: 'exists' }] },
      /^fields: the table has no field 'nothing\.here'/,
    );
    await refused(
      { fields: [{ path: 'errors[*]message', operator: 'exists' }] },
      /^fields: the table has no field/,
    );
    await refused({ fields: [{ path: 'actor..id', operator: 'exists' }] }, /^fields: the table has no field/);
    await refused(
      { fields: [{ path: 'actionName', operator: 'equals' }] },
      /^fields: 'actionName' is compared with nothing/,
    );
    await assert.rejects(lake.lake.search({ ...request, filters: {}, limit: 0 }), {
      code: 'invalid_search',
      message: /^limit: /,
    });
    await assert.rejects(lake.lake.search({ ...request, filters: {}, limit: 1, cursor: 'x' }), {
      code: 'invalid_search',
      message: /^cursor: /,
    });
    await assert.rejects(lake.lake.search({ ...request, tables: [], filters: {}, limit: 1 }), {
      code: 'unknown_table',
    });
  });

  test('leaves no result behind and stops when told to', async () => {
    await assert.rejects(
      lake.lake.search({ ...request, filters: {}, limit: 1, signal: AbortSignal.abort(new Error('gone')) }),
      /gone/,
    );
    const results = await readdir(join(lake.directory, '../results'));
    assert.deepEqual(
      results.filter((name) => name.startsWith('search')),
      [],
    );
  });

  test('counts over time and by values, with the newest label', async () => {
    const counts = await lake.lake.histogram({
      ...request,
      filters: { from: new Date('2026-11-01T00:00:00Z') },
      spansMax: 30,
      facets: [
        { path: 'actionResult', valuesMax: 10 },
        { path: 'actor.id', labelPath: 'actor.name', valuesMax: 1 },
        { path: 'userAgent', valuesMax: 10 },
      ],
    });
    assert.deepEqual(counts, {
      rows: 3,
      spanSeconds: 86_400,
      spans: [
        { from: new Date('2026-11-20T00:00:00Z'), rows: 2 },
        { from: new Date('2026-11-21T00:00:00Z'), rows: 1 },
      ],
      facets: [
        [
          { value: 'SUCCEEDED', label: 'SUCCEEDED', rows: 2 },
          { value: 'FAILED', label: 'FAILED', rows: 1 },
        ],
        [{ value: 'user-1', label: 'Homer Simpson', rows: 2 }],
        [
          { value: null, label: null, rows: 2 },
          { value: 'curl/8 100% _legit_', label: 'curl/8 100% _legit_', rows: 1 },
        ],
      ],
    });
  });

  test('tells the rows of a span apart by a field', async () => {
    const { spans } = await lake.lake.histogram({
      ...request,
      filters: { from: new Date('2026-11-01T00:00:00Z') },
      spansMax: 30,
      spansBy: 'actionResult',
      facets: [],
    });
    assert.deepEqual(spans, [
      { from: new Date('2026-11-20T00:00:00Z'), rows: 1, by: 'FAILED' },
      { from: new Date('2026-11-20T00:00:00Z'), rows: 1, by: 'SUCCEEDED' },
      { from: new Date('2026-11-21T00:00:00Z'), rows: 1, by: 'SUCCEEDED' },
    ]);
  });

  test('counts nothing of nothing', async () => {
    const filters = { actionNames: ['NEVER'] };
    const { rows, spans } = await lake.lake.histogram({ ...request, filters, spansMax: 30, facets: [] });
    assert.deepEqual({ rows, spans }, { rows: 0, spans: [] });
  });
});

test('pages stay what they are while rows arrive', async (t) => {
  const { lake, load } = await temporaryLake(t);
  const at = (second: number): Partial<AuditRecord> => ({
    timestamp: `2026-11-20 10:00:0${second}.000000000`,
  });
  await load(at(1), at(2), at(2), at(2), at(3));
  const seen: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await lake.search({
      ...request,
      filters: {},
      limit: 2,
      ...(cursor !== undefined && { cursor }),
    });
    seen.push(...page.rows.map(({ p_ledger_index }) => p_ledger_index));
    cursor = page.nextCursor;
    await load(at(4));
  } while (cursor !== undefined);
  assert.deepEqual(seen, [4, 3, 2, 1, 0]);
});
