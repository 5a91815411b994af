import { setTimeout as delay } from 'node:timers/promises';
import { startTestInstance } from '@pawprint/testing';
import { quantile, report, shown } from './report.ts';

/** From the answer to an action until its record is on the audit log page, until a word of it finds it there, and until SQL finds it in the lake. */
const [rounds = '100'] = process.argv.slice(2);
await using instance = await startTestInstance();
const { admin } = instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

/** Does something recognizable; the time is that of the answer. */
async function act(marker: string): Promise<number> {
  await admin.ask('query ($name: String!) { roles(input: {nameContains: $name}) { id } }', { name: marker });
  return performance.now();
}

async function waitFor(isThere: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (await isThere()) return;
    await delay(5);
  }
}

async function isInHistory(marker: string): Promise<boolean> {
  const { auditLogs } = await admin.ask<{ auditLogs: { edges: { node: { record: unknown } }[] } }>(
    '{ auditLogs(input: {pageSize: 20, actionName: ["LIST_USER_ROLES"]}) { edges { node { record } } } }',
  );
  return JSON.stringify(auditLogs).includes(marker);
}

async function isFoundByWord(marker: string): Promise<boolean> {
  const { auditLogs } = await admin.ask<{
    auditLogs: { edges: { node: { record: { actionName: string } } }[] };
  }>(
    'query ($text: String!) { auditLogs(input: {pageSize: 20, actionName: ["LIST_USER_ROLES"], text: $text}) { edges { node { record } } } }',
    { text: marker },
  );
  return auditLogs.edges.length > 0;
}

async function isInLake(marker: string): Promise<boolean> {
  const sql = `SELECT 1 FROM panther_audit WHERE actionName = 'LIST_USER_ROLES' AND actionParams.dynamic.input.nameContains = '${marker}'`;
  const { executeDataLakeQuery } = await admin.ask<{ executeDataLakeQuery: { id: string } }>(
    'mutation ($sql: String!) { executeDataLakeQuery(input: {sql: $sql}) { id } }',
    { sql },
  );
  for (;;) {
    const { dataLakeQuery } = await admin.ask<{
      dataLakeQuery: { status: string; message: string; results: { stats: { rowCount: number } } | null };
    }>('query ($id: ID!) { dataLakeQuery(id: $id) { status message results { stats { rowCount } } } }', {
      id: executeDataLakeQuery.id,
    });
    if (dataLakeQuery.status === 'failed') throw new Error(dataLakeQuery.message);
    if (dataLakeQuery.status === 'succeeded') return (dataLakeQuery.results?.stats.rowCount ?? 0) > 0;
    await delay(5);
  }
}

const history: number[] = [];
const search: number[] = [];
const lake: number[] = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const inHistory = `history-${round}-x`;
  let answered = await act(inHistory);
  await waitFor(() => isInHistory(inHistory));
  history.push(performance.now() - answered);
  const inSearch = `search-${round}-x`;
  answered = await act(inSearch);
  await waitFor(() => isFoundByWord(inSearch));
  search.push(performance.now() - answered);
  const inLake = `lake-${round}-x`;
  answered = await act(inLake);
  await waitFor(() => isInLake(inLake));
  lake.push(performance.now() - answered);
}
const summary = (values: number[]) => ({ p50: quantile(values, 0.5), p99: quantile(values, 0.99) });
const results = { historyMs: summary(history), searchMs: summary(search), lakeMs: summary(lake) };
console.log(
  `visible in the history after ${shown(results.historyMs.p50)} ms (p99 ${shown(results.historyMs.p99)}), found by a word after ${shown(results.searchMs.p50)} ms (p99 ${shown(results.searchMs.p99)}), in the lake after ${shown(results.lakeMs.p50)} ms (p99 ${shown(results.lakeMs.p99)}), the asking included`,
);
report('visibility', results);
