import { type AuditRecord, decodeEntry, type Entry, type OpenedEntry } from '@pawprint/record';
import ipaddr from 'ipaddr.js';
import { sql } from 'kysely';
import { parseIpAddress } from '../access/ip-address.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import { noteLastUses } from '../store/last-uses.ts';
import type { Reader, Store } from '../store/store.ts';
import type { HistoryRow } from '../store/tables.ts';
import type { EntrySource, Follower } from './follow.ts';

/** One record of the history with its place in the ledger. */
export interface HistoryEntry {
  readonly index: number;
  /** 32 hex digits, the same as `p_row_id` in the data lake. */
  readonly id: string;
  readonly record: AuditRecord;
}

/** What the history can be narrowed to. Absent means any; lists are alternatives. */
export interface HistoryFilter {
  readonly actorId?: string | undefined;
  /** A part of the actor's name or e-mail address, in any letter case. */
  readonly actorName?: string | undefined;
  readonly actionName?: readonly string[] | undefined;
  readonly actionResult?: readonly AuditRecord['actionResult'][] | undefined;
  /** Both ends inclusive, as 32 hex digits; see `addressRange`. */
  readonly sourceIP?: AddressRange | undefined;
  /** Record timestamps (`YYYY-MM-DD HH:MM:SS.fffffffff`), both ends inclusive. */
  readonly timestampAfter?: string | undefined;
  readonly timestampBefore?: string | undefined;
}

export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/** Where the history reads its records, and the keys to read them with. */
export interface HistorySource {
  readonly ledger: EntrySource;
  readonly subjectKeys: Pick<SubjectKeys, 'open'>;
}

/** Keeps what the history pages filter by; can be emptied at any time, and fills itself again from the ledger. */
export function historyFollower(store: Store, subjectKeys: Pick<SubjectKeys, 'open'>): Follower {
  return {
    name: 'history',
    position: () => historyEnd(store.reader),
    async handle(from, encoded) {
      const entries = await subjectKeys.open(encoded.map(parseEntry));
      const rows = entries.map((entry, offset) => historyRow(from + offset, entry));
      await store.bookkeep(async (bookkeeper) => {
        // SQLite binds at most 32,766 values in a statement.
        for (let start = 0; start < rows.length; start += 1_000) {
          await bookkeeper
            .insertInto('history')
            .values(rows.slice(start, start + 1_000))
            .execute();
        }
        await noteLastUses(bookkeeper, tokenUses(entries));
      });
    },
  };
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** More may be below this ledger index; undefined where nothing is. */
  readonly next: number | undefined;
  /** The page holds what was below this ledger index; following from here on misses nothing and repeats nothing. */
  readonly end: number;
}

/**
 * One page of the history, newest first.
 * @param end only records below this ledger index; the paging stays correct while records arrive.
 */
export async function searchHistory(
  reader: Reader,
  source: HistorySource,
  filter: HistoryFilter,
  { size, end }: { readonly size: number; readonly end: number },
): Promise<HistoryPage> {
  const rows = await historyRows(reader, filter)
    .select('ledger_index')
    .orderBy('ledger_index', 'desc')
    .where('ledger_index', '<', end)
    .where('ledger_index', '>=', source.ledger.firstIndex)
    .limit(size + 1)
    .execute();
  const indexes = rows.slice(0, size).map((row) => row.ledger_index);
  // One that is removed at this moment is not found.
  const found = await Promise.all(indexes.map((index) => readHistoryEntry(source, index)));
  const entries = found.filter((entry) => entry !== undefined);
  return { entries, next: rows.length > size ? indexes.at(-1) : undefined, end };
}

/** The first ledger index that the history has not taken yet. */
export async function historyEnd(reader: Reader): Promise<number> {
  const last = await reader
    .selectFrom('history')
    .select(({ fn }) => fn.max('ledger_index').as('index'))
    .executeTakeFirst();
  return last?.index == null ? 0 : last.index + 1;
}

/** The rows of records that pass the filter. */
export function historyRows(reader: Reader, filter: HistoryFilter) {
  let query = reader.selectFrom('history');
  if (filter.actorId !== undefined) query = query.where('actor_id', '=', filter.actorId);
  if (filter.actorName !== undefined) {
    const part = filter.actorName.toLowerCase().replaceAll(/[!%_]/g, '!$&');
    query = query.where(sql<boolean>`actor_text like ${`%${part}%`} escape '!'`);
  }
  if (filter.actionName !== undefined) query = query.where('action_name', 'in', [...filter.actionName]);
  if (filter.actionResult !== undefined) query = query.where('action_result', 'in', [...filter.actionResult]);
  if (filter.sourceIP !== undefined) {
    query = query
      .where('source_ip', '>=', filter.sourceIP.first)
      .where('source_ip', '<=', filter.sourceIP.last);
  }
  if (filter.timestampAfter !== undefined) query = query.where('timestamp', '>=', filter.timestampAfter);
  if (filter.timestampBefore !== undefined) query = query.where('timestamp', '<=', filter.timestampBefore);
  return query;
}

/** The record at `index`, or undefined where the ledger has none. */
export async function readHistoryEntry(
  { ledger, subjectKeys }: HistorySource,
  index: number,
): Promise<HistoryEntry | undefined> {
  if (!Number.isSafeInteger(index) || index < ledger.firstIndex || index >= ledger.size) return undefined;
  const [entry] = await readHistoryEntries({ ledger, subjectKeys }, [index]);
  return entry;
}

/** The records at ascending indexes that the ledger has, as they may be read now; what is between them is read with them. */
export async function readHistoryEntries(
  { ledger, subjectKeys }: HistorySource,
  indexes: readonly number[],
): Promise<readonly HistoryEntry[]> {
  const [first, last] = [indexes[0], indexes.at(-1)];
  if (first === undefined || last === undefined) return [];
  const bytes = await ledger.read(first, last + 1);
  const found = indexes.flatMap((index) => {
    const encoded = bytes[index - first];
    return encoded === undefined ? [] : [{ index, entry: decodeEntry(encoded) }];
  });
  const opened = await subjectKeys.open(found.map(({ entry }) => entry));
  return opened.map(({ id, record }, at) => ({ index: found[at]?.index ?? 0, id, record }));
}

/** Whether a record passes the filter: the same answer as `searchHistory`, for records as they arrive. */
export function matchesFilter(filter: HistoryFilter, entry: HistoryEntry): boolean {
  const row = historyRow(entry.index, entry);
  const { actorId, actorName, actionName, actionResult, sourceIP, timestampAfter, timestampBefore } = filter;
  return (
    (actorId === undefined || row.actor_id === actorId) &&
    (actorName === undefined || row.actor_text.includes(actorName.toLowerCase())) &&
    (actionName === undefined || actionName.includes(row.action_name)) &&
    (actionResult === undefined || actionResult.includes(row.action_result)) &&
    (sourceIP === undefined ||
      (row.source_ip !== null && row.source_ip >= sourceIP.first && row.source_ip <= sourceIP.last)) &&
    (timestampAfter === undefined || row.timestamp >= timestampAfter) &&
    (timestampBefore === undefined || row.timestamp <= timestampBefore)
  );
}

/** The addresses of an IPv4 or IPv6 address or CIDR block, or undefined where the text is neither. */
export function addressRange(text: string): AddressRange | undefined {
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const first = addressKey(address);
  if (first === undefined) return undefined;
  if (prefix === undefined) return { first, last: first };
  const hostBits = (address.includes(':') ? 128 : 32) - Number(prefix);
  if (hostBits < 0) return undefined;
  const hosts = (1n << BigInt(hostBits)) - 1n;
  const value = BigInt(`0x${first}`);
  const key = (number: bigint) => number.toString(16).padStart(32, '0');
  return { first: key(value & ~hosts), last: key(value | hosts) };
}

const decoder = new TextDecoder();

/** An entry of our own ledger, which was checked when it was recorded: what is shown to people is checked again. */
function parseEntry(bytes: Uint8Array): Entry {
  return JSON.parse(decoder.decode(bytes));
}

/** When each token last did anything; a refused value is no use of its token. */
function tokenUses(entries: readonly OpenedEntry[]): ReadonlyMap<string, string> {
  const uses = new Map<string, string>();
  for (const { record } of entries) {
    if (record.actor.type !== 'TOKEN' || record.actionName === 'REJECT_API_REQUEST') continue;
    uses.set(`TOKEN:${record.actor.id}`, `${record.timestamp.slice(0, 23).replace(' ', 'T')}Z`);
  }
  return uses;
}

/** What the history keeps of a record, as far as its actor can be read. */
export function historyRow(index: number, { id, record }: Pick<OpenedEntry, 'id' | 'record'>): HistoryRow {
  const { actor } = record;
  const email = actor.attributes?.email;
  return {
    ledger_index: index,
    entry_id: id,
    timestamp: record.timestamp,
    action_name: record.actionName,
    action_result: record.actionResult,
    actor_type: actor.type,
    actor_id: actor.id,
    actor_text: `${actor.name ?? ''}\n${typeof email === 'string' ? email : ''}`.toLowerCase(),
    source_ip: addressKey(record.sourceIP ?? '') ?? null,
  };
}

/** A range of addresses as one address or CIDR block; IPv4 where all of it is. */
export function addressBlock({ first, last }: AddressRange): string {
  const address = addressOfKey(first);
  if (first === last) return address;
  const size = BigInt(`0x${last}`) - BigInt(`0x${first}`) + 1n;
  const bits = (address.includes(':') ? 128 : 32) - (size.toString(2).length - 1);
  return `${address}/${bits}`;
}

/** The text of an address from its key in the history. */
export function addressOfKey(key: string): string {
  return ipaddr.process(ipaddr.fromByteArray([...Buffer.from(key, 'hex')]).toString()).toString();
}

/** The bytes of an address, IPv4 mapped into IPv6, so that addresses of both kinds have one order. */
export function addressKey(text: string): string | undefined {
  const address = parseIpAddress(text);
  if (address === undefined) return undefined;
  const bytes = (address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address).toByteArray();
  return Buffer.from(bytes).toString('hex');
}
