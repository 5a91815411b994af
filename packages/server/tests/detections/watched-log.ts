import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord, encodeEntry, formatTimestamp } from '@pawprint/record';
import { type Detecting, startDetecting } from '../../src/detections/detecting.ts';
import type { EntrySource } from '../../src/followers/follow.ts';
import { createKeyWrapper } from '../../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../../src/sealing/subject-keys.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

/** What Python starts from, shared by all tests: making it takes seconds. */
export const snapshotDirectory = join(tmpdir(), `pawprint-test-snapshots-${userInfo().uid}`);

/** A rule in one language, as it is stored. */
export interface TestRule {
  readonly kind?: 'rule' | 'scheduled_rule' | 'correlation_rule' | 'datamodel' | 'lookup_table';
  readonly id: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** @param body the function `rule` and others. */
export function pythonRule(id: string, body: string, yaml = ''): TestRule {
  const head = `AnalysisType: rule\nRuleID: ${id}\nFilename: rule.py\nLogTypes: [Panther.Audit]\nSeverity: Low\n`;
  return {
    id,
    files: [
      { path: 'rule.yml', text: head + yaml },
      { path: 'rule.py', text: body },
    ],
  };
}

/** @param functions the functions of the rule, such as `rule: () => true`. */
export function typescriptRule(id: string, functions: string): TestRule {
  const text = `import { addToStringSet, defineRule, getCounter, getStringSet, incrementCounter } from '@pawprint/detections';
export default defineRule({ id: '${id}', logTypes: ['Panther.Audit'], defaultSeverity: 'LOW', ${functions} });`;
  return { id, files: [{ path: 'rule.ts', text }] };
}

/** A log that detections watch, with nothing else around. */
export interface WatchedLog extends AsyncDisposable {
  readonly store: Store;
  readonly detecting: Detecting;
  /** `report <kind> <subject>: <message>` and `resolve …`, in their order. */
  readonly systemErrors: readonly string[];
  /** Adds records, and waits until detections have seen them. */
  add(records: readonly Partial<AuditRecord>[]): Promise<void>;
  /** Stores rules as an action would, and says so. */
  putRules(rules: readonly TestRule[], enabled?: boolean): Promise<void>;
}

export interface WatchedLogOptions {
  readonly batchMs?: number;
  /** Nanoseconds since 1970. */
  readonly epochNanoseconds?: () => bigint;
}

export async function watchLog({
  epochNanoseconds = () => Temporal.Now.instant().epochNanoseconds,
  ...options
}: WatchedLogOptions = {}): Promise<WatchedLog> {
  const directory = await mkdtemp(join(tmpdir(), 'pawprint-detecting-'));
  const store = await openSqliteStore(join(directory, 'pawprint.db'));
  await enableSource(store);
  const entries: Uint8Array[] = [];
  const listeners = new Set<() => void>();
  const ledger: EntrySource = {
    firstIndex: 0,
    get size() {
      return entries.length;
    },
    read: async (from, to) => entries.slice(from, to),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const systemErrors: string[] = [];
  const detecting = startDetecting({
    ...{ store, ledger, snapshotDirectory, ...options },
    subjectKeys: new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(Buffer.alloc(32)) }),
    systemErrors: {
      report: ({ kind, subject }, message) => systemErrors.push(`report ${kind} ${subject}: ${message}`),
      resolve: ({ kind, subject }) => systemErrors.push(`resolve ${kind} ${subject}`) > 0,
    },
    watch: {
      failed(_, error) {
        throw error;
      },
      works: () => undefined,
    },
    epochNanoseconds,
    onDetected: () => undefined,
  });
  return {
    store,
    detecting,
    systemErrors,
    async add(records) {
      for (const record of records) entries.push(encodeEntry(entryOf(record, entries.length)));
      for (const listener of listeners) listener();
      await detecting.settled();
    },
    async putRules(rules, enabled = true) {
      await putRules(store, rules, enabled);
      detecting.changed();
    },
    async [Symbol.asyncDispose]() {
      await detecting.stop();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** An entry whose record is of as many seconds after the start of 2026 as its index says. */
export function entryOf(record: Partial<AuditRecord>, index: number) {
  const second = BigInt(Date.UTC(2026, 0, 1) + index * 1000) * 1_000_000n;
  return {
    v: 1,
    id: index.toString(16).padStart(32, '0'),
    record: {
      actionName: 'LIST_USERS',
      actionResult: 'SUCCEEDED',
      actor: { id: 'u1', type: 'USER', name: 'someone@example.com' },
      timestamp: formatTimestamp(second),
      pantherVersion: '1.0.0',
      ...record,
    },
  } as const;
}

export function enableSource(store: Store): Promise<unknown> {
  const now = new Date().toISOString();
  return store.transact(async (transactor, capture) => {
    capture.leaveUnrecorded('a test makes it');
    await transactor
      .insertInto('log_sources')
      .values({
        ...{ id: randomUUID(), label: 'panther audit logs', type: 'panther-audit', created_by: null },
        ...{ log_types: '["Panther.Audit"]', created_at: now, updated_at: now },
      })
      .execute();
  });
}

export function putRules(store: Store, rules: readonly TestRule[], enabled: boolean): Promise<unknown> {
  const now = new Date().toISOString();
  return store.transact(async (transactor, capture) => {
    capture.leaveUnrecorded('a test makes it');
    for (const { kind = 'rule', id, files } of rules) {
      const changed = {
        ...{ files: JSON.stringify(files), summary: '{}' },
        ...{ enabled: Number(enabled), updated_at: now },
      };
      await transactor
        .insertInto('detection_content')
        .values({
          ...{ kind, id, display_name: id, version: 1, managed: 0, ...changed },
          ...{ created_at: now, created_by: null, updated_by: null },
        })
        .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet(changed))
        .execute();
    }
  });
}
