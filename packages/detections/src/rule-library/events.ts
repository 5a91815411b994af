import type { AuditRecord } from '@pawprint/record';

/** All the way down, as events are: whatever changes one throws. */
export type Immutable<T> = T extends readonly (infer Element)[]
  ? readonly Immutable<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** What the data lake adds to every event. */
export interface StandardFields {
  readonly p_log_type?: string;
  readonly p_row_id?: string;
  readonly p_event_time?: string;
  readonly p_parse_time?: string;
  readonly p_source_id?: string;
  readonly p_source_label?: string;
  readonly p_any_ip_addresses?: readonly string[];
  readonly p_any_usernames?: readonly string[];
  readonly p_any_emails?: readonly string[];
  readonly p_any_actor_ids?: readonly string[];
  readonly p_enrichment?: Readonly<Record<string, unknown>>;
}

/** An event of a log type whose fields are not known here: reach into it with `deepGet`. */
export type UntypedEvent = StandardFields & { readonly [field: string]: unknown };

/** The log types with a schema, and the shape of their events. */
export interface LogTypeEvents {
  'Panther.Audit': Immutable<AuditRecord> & StandardFields;
}

/** The event a rule for this log type is given. */
export type EventOf<LogType extends string> = LogType extends keyof LogTypeEvents
  ? LogTypeEvents[LogType]
  : UntypedEvent;
