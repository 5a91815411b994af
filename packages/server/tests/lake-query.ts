import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@pawprint/testing';

/** How a query ended, and the first page of what it found. */
export interface EndedQuery {
  readonly id: string;
  readonly status: string;
  readonly message: string;
  readonly rows: readonly Record<string, unknown>[];
}

/** Starts a query. @returns its id. */
export async function startQuery(client: Client, sql: string): Promise<string> {
  const { executeDataLakeQuery } = await client.ask<{ executeDataLakeQuery: { id: string } }>(
    'mutation ($sql: String!) { executeDataLakeQuery(input: { sql: $sql }) { id } }',
    { sql },
  );
  return executeDataLakeQuery.id;
}

/** Waits for the end of a query. */
export async function endOfQuery(client: Client, id: string): Promise<EndedQuery> {
  interface Answer {
    readonly dataLakeQuery: {
      readonly status: string;
      readonly message: string;
      readonly results: { readonly edges: readonly { readonly node: Record<string, unknown> }[] } | null;
    };
  }
  for (;;) {
    const { dataLakeQuery } = await client.ask<Answer>(
      'query ($id: ID!) { dataLakeQuery(id: $id) { status message results { edges { node } } } }',
      { id },
    );
    const { status, message, results } = dataLakeQuery;
    if (status !== 'running') {
      return { id, status, message, rows: results?.edges.map(({ node }) => node) ?? [] };
    }
    await delay(20);
  }
}

/** Runs a query that must succeed. @returns its rows. */
export async function ask(client: Client, sql: string): Promise<EndedQuery['rows']> {
  const { status, message, rows } = await endOfQuery(client, await startQuery(client, sql));
  assert.equal(status, 'succeeded', message);
  return rows;
}
