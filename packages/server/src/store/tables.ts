import type { Severity } from '@pawprint/detections';
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
  saved_queries: SavedQueryRow;
  saved_searches: SavedSearchRow;
  system_errors: SystemErrorRow;
  retention_periods: RetentionPeriodRow;
  legal_holds: LegalHoldRow;
  removed_records: RemovedRecordsRow;
  lake_retention: LakeRetentionRow;
  anchors: AnchorRow;
  cosigned_logs: CosignedLogRow;
  subject_keys: SubjectKeyRow;
  erasures: ErasureRow;
  detection_content: DetectionContentRow;
  detection_versions: DetectionVersionRow;
  alerts: AlertRow;
  alert_activities: AlertActivityRow;
  alert_deliveries: AlertDeliveryRow;
  assignee_mails: AssigneeMailRow;
  destinations: DestinationRow;
  replays: ReplayRow;
  /** Rows on their way to the lake, among them those that tell of an action. */
  lake_rows: LakeRowRow;
  /** Only read, to give those their positions. */
  lake_cursors: LakeCursorRow;
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
  /** Written here only when a rebuild that an action asked for has brought rows back. */
  lake_retention: LakeRetentionRow;
  witness_states: WitnessStateRow;
  witnessed_checkpoint: WitnessedCheckpointRow;
  /** An erasure deletes keys; that they are kept in the object store too follows from their use. */
  subject_keys: SubjectKeyRow;
  erasure_ends: ErasureEndRow;
  detection_progress: DetectionProgressRow;
  dedup_windows: DedupWindowRow;
  detection_cache: DetectionCacheRow;
  detection_limits: DetectionLimitRow;
  correlation_signals: CorrelationSignalRow;
  correlation_runs: CorrelationRunRow;
  lake_rows: LakeRowRow;
  replay_ends: ReplayEndRow;
  /** Made by detections, which follow from what is recorded; changed by actions. */
  alerts: AlertRow;
  alert_activities: AlertActivityRow;
  alert_deliveries: AlertDeliveryRow;
  /** Made by assigning; gone once they are sent. */
  assignee_mails: AssigneeMailRow;
  /** Only read, to send alerts where they belong. */
  destinations: DestinationRow;
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
  /** JSON: the limits that are set, a part of `QueryLimits` of access/query-limits. */
  query_limits: string;
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
  /** As of a role. */
  query_limits: string;
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
  kind: Generated<LakeQueryKind>;
  /** Of a saved query: which, and what it was called then. */
  saved_query_id: Generated<string | null>;
  name: Generated<string | null>;
  /** Of a scheduled run: the time it was due, which is its present; and which attempt it is, from 1. */
  scheduled_for: Generated<string | null>;
  attempt: Generated<number | null>;
}

export type LakeQueryKind = 'ad_hoc' | 'scheduled' | 'indicator_search';

/** A query that is kept under a name, perhaps with a schedule. */
export interface SavedQueryRow {
  id: string;
  name: string;
  name_key: string;
  description: string;
  sql: string;
  database_name: string;
  /** JSON: a `Schedule` of actions/saved-query; null for none. */
  schedule: string | null;
  /** Since when the schedule counts; null for none, or one that is off. */
  scheduled_from: string | null;
  /** The newest time it was due and was run for. */
  last_scheduled_at: string | null;
  created_at: string;
  created_by: string | null;
  updated_at: string;
  updated_by: string | null;
}

/** A search of the audit log that is kept under a name. */
export interface SavedSearchRow {
  id: string;
  /** `USER:<id>` or `TOKEN:<id>`. */
  owner: string;
  name: string;
  /** Unique among its owner's. */
  name_key: string;
  /** The filters as they stand in the console's address. */
  query: string;
  /** 1 where all who see the audit log have it. */
  shared: number;
  created_at: string;
  updated_at: string;
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

/** How long rows of a table of the lake are kept, and which are gone. No row: nothing was ever set or removed. */
export interface LakeRetentionRow {
  /** As `panther_logs.panther_audit`. */
  table_name: string;
  /** Null for the table's default. */
  days: number | null;
  /** Of rows that are gone: the time that their events are before; null while none are. */
  removed_before: string | null;
  /** The ledger index that their entries are before. */
  removed_before_index: number | null;
}

/** What was last sent to a place where checkpoints are kept outside. */
export interface AnchorRow {
  /** Its name, such as `webhook https://example.com/`. */
  destination: string;
  /** The number of entries that the checkpoint covers. */
  size: number;
  anchored_at: string;
}

/** The key that a person's data in the ledger is sealed under. No row: it never was, or was destroyed. */
export interface SubjectKeyRow {
  /** 32 hexadecimal digits, random; it stands in the entries. */
  id: string;
  /** `USER:<id>`, `TOKEN:<id>`, or `ANONYMOUS` for all strangers. */
  subject: string;
  /** Under the master key, in base64. */
  wrapped: string;
  created_at: string;
  /** When it was in the object store too; null while it isn't. */
  archived_at: string | null;
}

export interface ErasureRow {
  id: string;
  subject: string;
  /** Of the key that was destroyed. */
  key_id: string;
  requested_at: string;
  requested_by: string | null;
}

/** An erasure that reached everything made from the ledger. No row while it has not. */
export interface ErasureEndRow {
  erasure_id: string;
  completed_at: string;
  /** How many records had data of the subject. */
  records: number;
}

/** How a query went: an outcome the engine reports, not an action. No row while the query runs. */
export interface LakeQueryRunRow {
  query_id: string;
  status: 'succeeded' | 'failed' | 'cancelled';
  message: string;
  completed_at: string;
  /** JSON: columns, rowCount, bytesScanned, executionTimeMs. */
  outcome: string | null;
  /** Of a failure: a `LakeErrorCode`, or `interrupted`; null where it has none. */
  error_code: Generated<string | null>;
  /** Of a scheduled run that succeeded: when scheduled rules had taken its rows. */
  handed_over_at: Generated<string | null>;
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

/** The last tree of another log that this instance cosigned as its witness. Never removed: it must not sign another history. */
export interface CosignedLogRow {
  origin: string;
  size: number;
  /** Base64. */
  root_hash: string;
  cosigned_at: string;
}

/** How far a witness has followed the ledger, and what was wrong when it was last asked. */
export interface WitnessStateRow {
  vkey: string;
  /** Size of the tree that it cosigned last, as far as is known. */
  size: number;
  cosigned_at: string | null;
  /** Null while it cosigns. */
  error: string | null;
}

/** The newest checkpoint of the ledger with all the cosignatures that the settings asked for. */
export interface WitnessedCheckpointRow {
  /** Always 1: the table has one row at most. */
  id: number;
  size: number;
  checkpoint: string;
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
  /** In a word, what is wrong with a file that can't be read; null for a sound one. */
  damage: string | null;
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

/** A detection, or what detections share: data models, globals, lookup tables, packs. */
export interface DetectionContentRow {
  /** As `AnalysisType` in YAML: `rule`, `scheduled_rule`, `policy`, `correlation_rule`, `datamodel`, `global`, … */
  kind: string;
  /** Unique within its kind, and among rules, scheduled rules, policies and correlation rules. */
  id: string;
  display_name: string;
  enabled: number;
  /** 1 at first; each change of the files is a new one. */
  version: number;
  /** JSON: the files it is written in, `[{path, text}]`, as @pawprint/detections reads them. */
  files: string;
  /** JSON: a `ContentSummary` of what the files say. */
  summary: string;
  /** 1 for what ships with the product. */
  managed: number;
  created_at: string;
  created_by: string | null;
  updated_at: string;
  updated_by: string | null;
}

/** An earlier or the present version of a detection; none is ever changed. */
export interface DetectionVersionRow {
  kind: string;
  id: string;
  version: number;
  files: string;
  created_at: string;
  created_by: string | null;
}

/** How far detections have followed a source: the next ledger index of `ledger`, or a position of a table's rows. */
export interface DetectionProgressRow {
  source: string;
  next_index: number;
}

/** Matches of one detection with one dedup text that are still to be grouped. */
export interface DedupWindowRow {
  detection_id: string;
  dedup: string;
  /** JSON: a `DedupWindow` of @pawprint/detections, with the id of its alert. */
  state: string;
  ends_at: string;
}

/** What detections remember between events, under a key of their choice. */
export interface DetectionCacheRow {
  key: string;
  /** JSON: a number, a list of texts or an object. */
  value: string;
  /** Seconds since 1970. */
  expires_at: number;
  /** JSON: whose data it may hold, as lists of ids of subjects' keys by the text of a list they are about; under '' all of the value. */
  sources: string;
}

/** A detection that was stopped, or made too many alerts. Nothing of it holds once the content has changed. */
export interface DetectionLimitRow {
  detection_id: string;
  /** `updated_at` of the content it is about. */
  content_updated_at: string;
  /** How often it was stopped of late. */
  stops: number;
  last_stop_at: string | null;
  /** Why. */
  last_stop: string | null;
  /** Since when its matches are signals only; null while they are not. */
  alerts_off_at: string | null;
}

/** A match that correlation rules may ask for, for as long as one looks back. */
export interface CorrelationSignalRow {
  rule_id: string;
  /** `p_row_id` of the event. */
  row_id: string;
  ledger_index: number;
  /** When the event happened. */
  event_at: string;
  /** JSON: the event, as a row of signals. */
  event: string;
}

/** When a correlation rule ran last. */
export interface CorrelationRunRow {
  rule_id: string;
  ran_at: string;
  /** The newest ledger index among the signals it has seen. */
  seen_index: number;
}

/** A row on its way into a table of the lake that is not made from the ledger. Deleted once it is loaded. */
export interface LakeRowRow {
  table_name: string;
  /** 0 for the first row the table ever had, and so on without a gap. */
  position: number;
  /** JSON: the values by column name. */
  row: string;
}

export const alertTypes = [
  'RULE',
  'RULE_ERROR',
  'SCHEDULED_RULE',
  'SCHEDULED_RULE_ERROR',
  'POLICY',
  'CORRELATION_RULE',
  'SYSTEM_ERROR',
] as const;
export type AlertType = (typeof alertTypes)[number];

/** `CLOSED` is shown as Invalid. */
export const alertStatuses = ['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED'] as const;
export type AlertStatus = (typeof alertStatuses)[number];

export interface AlertRow {
  /** 32 hexadecimal digits. */
  id: string;
  type: AlertType;
  /** Null for system errors. */
  detection_id: string | null;
  /** Of the detection that opened it. */
  detection_version: number | null;
  dedup: string;
  title: string;
  severity: Severity;
  description: string;
  runbook: string;
  reference: string;
  /** JSON object: what the detection's `alertContext` gave for the first match. */
  context: string;
  /** JSON list. */
  log_types: string;
  /** JSON list. */
  tags: string;
  /** JSON list of what the detection says, names or ids; null: as the routing says. */
  destinations: string | null;
  status: AlertStatus;
  assignee_id: string | null;
  quality: 'NOISE' | 'USEFUL' | null;
  event_count: number;
  first_event_at: string;
  last_event_at: string;
  created_at: string;
  updated_at: string;
  updated_by: string | null;
}

/** What happened to an alert, its comments included. */
export interface AlertActivityRow {
  id: string;
  alert_id: string;
  kind: 'CREATED' | 'STATUS' | 'ASSIGNEE' | 'COMMENT' | 'QUALITY' | 'DELIVERY';
  /** JSON: what the kind needs, such as `{from, to}` or `{text, format}`. */
  body: string;
  /** `USER:<id>` or `TOKEN:<id>`; null for the instance itself. */
  actor: string | null;
  created_at: string;
}

/** Where alerts are delivered. */
export interface DestinationRow {
  id: string;
  name: string;
  name_key: string;
  /** `webhook`, `email`, … */
  type: string;
  /** JSON; what of it is secret, the type's schema says. */
  config: string;
  /** JSON list of severities that come here by default. */
  severities: string;
  /** JSON list of alert types; empty: all. */
  alert_types: string;
  /** JSON list of log types; empty: all. */
  log_types: string;
  created_at: string;
  created_by: string | null;
  updated_at: string;
  updated_by: string | null;
}

/** An alert on its way to a destination. */
/** E-mail to whom alerts were assigned, until it is sent or given up. */
export interface AssigneeMailRow {
  id: string;
  user_id: string;
  alert_ids: string;
  attempts: number;
  next_attempt_at: string;
}

export interface AlertDeliveryRow {
  id: string;
  alert_id: string;
  destination_id: string;
  status: 'PENDING' | 'DELIVERED' | 'FAILED';
  attempts: number;
  /** Null once it is delivered or given up. */
  next_attempt_at: string | null;
  message: string;
  status_code: number | null;
  dispatched_at: string | null;
  created_at: string;
}

/** A backtest that was asked for: a rule over events of the past. */
export interface ReplayRow {
  id: string;
  detection_id: string;
  /** JSON: the rule's files as they were then. */
  files: string;
  log_type: string;
  starts_at: string;
  /** No longer in the range. */
  ends_at: string;
  created_at: string;
  created_by: string | null;
}

/** How a backtest went. No row while it waits or runs. */
export interface ReplayEndRow {
  replay_id: string;
  state: 'DONE' | 'CANCELED' | 'ERROR_EVALUATION';
  message: string;
  /** JSON: a `BacktestResult` of @pawprint/detections; null of one that failed. */
  result: string | null;
  completed_at: string;
}
