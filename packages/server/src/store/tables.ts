import type { ActionResult, ActorType, LogTypeAccessKind } from '@pawprint/record';
import type { Generated } from 'kysely';
import type { SystemErrorKind } from '../system-errors/system-error-kinds.ts';

/**
 * The control plane's tables, one set for SQLite and PostgreSQL.
 *
 * Instants are RFC 3339 text in UTC with milliseconds, so that they sort as text in both engines; lists and objects are
 * JSON text; flags are 0 or 1. Secrets are stored only as SHA-256 (hex) or argon2id.
 */
export interface AppTables {
  users: UserRow;
  roles: RoleRow;
  api_tokens: ApiTokenRow;
  sessions: SessionRow;
  one_time_links: OneTimeLinkRow;
  settings: SettingRow;
  log_sources: LogSourceRow;
  lake_queries: LakeQueryRow;
  system_errors: SystemErrorRow;
  retention_periods: RetentionPeriodRow;
  legal_holds: LegalHoldRow;
  removed_records: RemovedRecordsRow;
  anchors: AnchorRow;
}

/**
 * Tables that follow from recorded actions rather than being one: the way from action to ledger, what followers have
 * reached, and when something was last used. Written outside actions, and never through a transactor.
 */
export interface BookkeepingTables {
  outbox: OutboxRow;
  ledger_state: LedgerStateRow;
  history: HistoryRow;
  lake_cursors: LakeCursorRow;
  lake_files: LakeFileRow;
  lake_query_runs: LakeQueryRunRow;
  last_uses: LastUseRow;
  retention_progress: RetentionProgressRow;
  /** Written here only when a ledger is taken over, whose records tell them. */
  removed_records: RemovedRecordsRow;
  retention_periods: RetentionPeriodRow;
  legal_holds: LegalHoldRow;
}

export type Tables = AppTables & BookkeepingTables;

export interface UserRow {
  id: string;
  email: string;
  /** The e-mail's normal form; unique, so that two accounts never differ by letter case alone. */
  email_key: string;
  given_name: string | null;
  family_name: string | null;
  role_id: string;
  /** argon2id in PHC string form; null until an invitation is accepted. */
  password_hash: string | null;
  created_at: string;
  last_logged_in_at: string | null;
}

export interface RoleRow {
  id: string;
  name: string;
  /** Lower-case name; unique. */
  name_key: string;
  permissions: string;
  log_type_access_kind: LogTypeAccessKind;
  log_type_access: string;
  created_at: string;
  updated_at: string;
  /** Actor reference `USER:<id>` or `TOKEN:<id>`; null for what the instance made itself. */
  updated_by: string | null;
}

export interface ApiTokenRow {
  id: string;
  name: string;
  name_key: string;
  secret_sha256: string;
  permissions: string;
  allowed_cidr_blocks: string;
  created_at: string;
  created_by: string | null;
  updated_at: string;
  updated_by: string | null;
  rotated_at: string | null;
  rotated_by: string | null;
  expires_at: string | null;
}

export interface SessionRow {
  secret_sha256: string;
  user_id: string;
  created_at: string;
  expires_at: string;
}

export interface OneTimeLinkRow {
  secret_sha256: string;
  kind: 'set_up' | 'invitation' | 'password_reset';
  /** Null for the set-up link, which makes the first user. */
  user_id: string | null;
  created_at: string;
  expires_at: string;
}

export interface SettingRow {
  name: string;
  value: string;
}

export interface LogSourceRow {
  id: string;
  label: string;
  /** The transport, `panther-audit` for the instance's own audit log. */
  type: string;
  log_types: string;
  created_at: string;
  created_by: string | null;
  updated_at: string;
}

export interface LakeQueryRow {
  id: string;
  sql: string;
  database_name: string;
  issued_by: string;
  started_at: string;
  cancelled_at: string | null;
}

export interface SystemErrorRow {
  id: string;
  kind: SystemErrorKind;
  /** Which of several things of that kind, such as a witness's name; empty where there is only one. */
  subject: string;
  message: string;
  reported_at: string;
  /** Null while it lasts. */
  resolved_at: string | null;
}

/** For how long records are kept, from some time on. While there is no row, the default has always been in force. */
export interface RetentionPeriodRow {
  /** 1 for the first change of the setting, and so on. */
  number: number;
  days: number;
  /** Never before that of the row before. */
  set_at: string;
}

/** A range of the ledger that is kept beyond its time. */
export interface LegalHoldRow {
  id: string;
  /** Both ends are in the range; without an end it goes on with the ledger. */
  from_index: number;
  to_index: number | null;
  reason: string;
  created_at: string;
  created_by: string | null;
  /** Null while it is in force. */
  released_at: string | null;
  released_by: string | null;
}

export interface RemovedRecordsRow {
  /** Always 1: the table has one row. */
  id: number;
  /** Ledger index of the first record that is kept. */
  first_index: number;
}

/** What was last sent to a place where checkpoints are kept outside. */
export interface AnchorRow {
  /** Its name, such as `webhook https://example.com/`. */
  destination: string;
  /** The number of entries that the checkpoint covers. */
  size: number;
  anchored_at: string;
}

/** How a query went: an outcome the engine reports, not an action. No row while the query runs. */
export interface LakeQueryRunRow {
  query_id: string;
  status: 'succeeded' | 'failed' | 'cancelled';
  message: string;
  completed_at: string;
  /** JSON: columns, rowCount, bytesScanned, executionTimeMs. */
  outcome: string | null;
}

export interface OutboxRow {
  id: Generated<number>;
  /** The ledger entry's canonical JSON (an `Entry` of @pawprint/record). */
  entry: string;
  /** The place in the ledger, once assigned; from then on it never changes. */
  ledger_index: number | null;
}

export interface LedgerStateRow {
  /** Always 1: the table has one row. */
  id: number;
  origin: string;
  size: number;
  checkpoint: string;
  /** The run of an instance that sequences; random. */
  holder: string;
}

/** What the history pages filter by; rebuilt from the ledger. */
export interface HistoryRow {
  ledger_index: number;
  entry_id: string;
  /** The record's timestamp; its fixed form sorts as text. */
  timestamp: string;
  action_name: string;
  action_result: ActionResult;
  actor_type: ActorType;
  actor_id: string;
  /** The actor's name and e-mail in lower case, for a search by a part. */
  actor_text: string;
  /** The source address as 32 hex digits (IPv4 mapped into IPv6), so that a CIDR block is a range; null if none. */
  source_ip: string | null;
}

export interface LakeCursorRow {
  table_name: string;
  next_index: number;
}

export interface LakeFileRow {
  path: string;
  table_name: string;
  rows: number;
  bytes: number;
  /** Decimal text: microseconds up to the year 9999 are beyond what a number holds exactly. */
  event_time_min: string;
  event_time_max: string;
  ledger_index_max: number;
  level: number;
}

/** How far a task of retention is that goes through the ledger; see `retention/`. */
export interface RetentionProgressRow {
  task: string;
  /** What is before this ledger index is done. */
  next_index: number;
}

export interface LastUseRow {
  /** `TOKEN:<id>` or `SOURCE:<id>`. */
  subject: string;
  used_at: string;
}
