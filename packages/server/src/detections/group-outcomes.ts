import { hash } from 'node:crypto';
import { addMatch, type DedupWindow, type Outcome, type Verdict, windowKey } from '@pawprint/detections';
import { auditLogType } from '../actions/log-source/audit-log-source.ts';
import type { AlertRow, AlertType } from '../store/tables.ts';
import type { Running } from './loaded-detections.ts';

/** An event as detections see it, which is its row in the lake. */
export type Event = Readonly<Record<string, unknown>>;

/** Where events come from. */
export type BatchKind = 'audit-log' | 'query-result' | 'correlation';

/** What follows from that. */
const kinds = {
  'audit-log': {
    types: { match: 'RULE', error: 'RULE_ERROR' },
    logTypes: [auditLogType],
    /** The name of the log's table; those of matches, errors and signals have the same. */
    tableName: 'panther_audit',
  },
  // Rows of queries have any columns at all, so no table holds them.
  'query-result': {
    types: { match: 'SCHEDULED_RULE', error: 'SCHEDULED_RULE_ERROR' },
    logTypes: [],
    tableName: null,
  },
  correlation: {
    types: { match: 'CORRELATION_RULE', error: 'CORRELATION_RULE' },
    logTypes: [auditLogType],
    tableName: 'panther_audit',
  },
} as const satisfies Record<BatchKind, unknown>;

/** Events in their order, and what detections said of them. */
export interface DetectedBatch {
  readonly kind: BatchKind;
  readonly events: readonly Event[];
  /** What ids of alerts are made of, where several events are in one outcome; else the id of the event. */
  readonly seeds?: readonly string[];
  readonly outcomes: readonly Outcome[];
  /** When they are grouped, RFC 3339 UTC with milliseconds. */
  readonly now: string;
}

/** A dedup window as it is kept, with the alert that its matches belong to, whether or not there is one yet. */
export interface KeptWindow extends DedupWindow {
  readonly alertId: string;
  /** Ledger indexes of the first and the last of its events; null for one that is not of the ledger. */
  readonly firstIndex: number | null;
  readonly lastIndex: number | null;
  /** RFC 3339; undefined while the threshold is not reached. */
  readonly alertCreatedAt?: string;
}

export type NewAlert = AlertRow & {
  /** The event that opened it. */
  readonly openedBy: Event;
};

/** More matches of an alert that was there before. */
export interface JoinedAlert {
  readonly id: string;
  readonly eventCount: number;
  readonly lastEventAt: string;
}

/** What a batch comes to. */
export interface GroupedOutcomes {
  readonly windows: readonly KeptWindow[];
  readonly opened: readonly NewAlert[];
  readonly joined: readonly JoinedAlert[];
  /** Detections that would have opened more alerts than they may. */
  readonly tooLoud: ReadonlySet<string>;
  /** New rows by their table, such as `panther_rule_matches.panther_audit`. */
  readonly rows: ReadonlyMap<string, readonly Event[]>;
}

/** Which window an outcome belongs to; undefined for a detection that is gone by now. */
export function windowOf(outcome: Outcome): { readonly detectionId: string; readonly dedup: string } {
  return outcome.kind === 'error'
    ? { detectionId: errorsOf(outcome.detectionId), dedup: outcome.message }
    : outcome;
}

/**
 * Groups outcomes into windows, alerts and rows. Pure, and the same for the same events and windows however they are cut into batches:
 * ids follow from the detection and the first event of a window.
 * @param kept the windows of `windowOf` each outcome, by `windowKey`.
 * @param alertsLeft how many alerts each detection may open; one that would open more makes none any longer.
 */
export function groupOutcomes(
  batch: DetectedBatch,
  kept: ReadonlyMap<string, KeptWindow>,
  running: (id: string) => Running | undefined,
  alertsLeft: ReadonlyMap<string, number>,
): GroupedOutcomes {
  const grouping = new Grouping(batch, kept, alertsLeft);
  for (const outcome of batch.outcomes) {
    const by = running(outcome.detectionId);
    if (by === undefined || outcome.kind === 'no-match') continue;
    if (outcome.kind === 'error') grouping.addError(by, outcome);
    else grouping.addMatch(by, outcome);
  }
  return grouping.grouped();
}

class Grouping {
  readonly #batch: DetectedBatch;
  readonly #kept: ReadonlyMap<string, KeptWindow>;
  readonly #alertsLeft: Map<string, number>;
  readonly #tooLoud = new Set<string>();
  readonly #windows = new Map<string, KeptWindow>();
  readonly #opened = new Map<string, NewAlert>();
  readonly #joined = new Map<string, JoinedAlert>();
  readonly #rows = new Map<string, Event[]>();

  constructor(
    batch: DetectedBatch,
    kept: ReadonlyMap<string, KeptWindow>,
    alertsLeft: ReadonlyMap<string, number>,
  ) {
    this.#batch = batch;
    this.#alertsLeft = new Map(alertsLeft);
    this.#kept = kept;
  }

  addMatch(by: Running, verdict: Verdict): void {
    const event = this.#event(verdict.event);
    const ruleValues = {
      ...this.#ruleValues(by),
      p_dedup: verdict.dedup,
      p_alert_context: verdict.alertContext,
    };
    this.#addRow('panther_signals', { ...event, ...ruleValues });
    this.#addFunctionErrors(by, verdict, event);
    if (!by.detection.createAlert) return;
    const alertValues = this.#group(by, by.detection, kinds[this.#batch.kind].types.match, verdict, event);
    if (alertValues === undefined) return;
    this.#addRow('panther_rule_matches', { ...event, ...ruleValues, ...alertValues });
  }

  /** Errors with the same text become one alert, whatever threshold the detection has. One of the whole batch has no row of its own. */
  addError(by: Running, { event: position, message }: Outcome & { readonly kind: 'error' }): void {
    const { detection } = by;
    const event = this.#event(position ?? 0);
    const verdict: Verdict = {
      detectionId: detection.id,
      event: position ?? 0,
      title: `${detection.displayName ?? detection.id} failed: ${message}`,
      dedup: message,
      severity: detection.severity,
      description: detection.description,
      reference: detection.reference,
      runbook: detection.runbook,
      destinations: null,
      alertContext: {},
      unique: null,
      functionErrors: {},
    };
    const rules = { ...detection, id: errorsOf(detection.id), threshold: 1, createAlert: true };
    const alertValues = this.#group(by, rules, kinds[this.#batch.kind].types.error, verdict, event);
    if (position === null || alertValues === undefined) return;
    this.#addRow('panther_rule_errors', {
      ...event,
      ...this.#ruleValues(by),
      p_dedup: message,
      ...alertValues,
      p_rule_error: message,
    });
  }

  /** A function besides the main one that fails keeps no match from being one; it is told in a row. */
  #addFunctionErrors(by: Running, { functionErrors, dedup }: Verdict, event: Event): void {
    for (const [name, error] of Object.entries(functionErrors)) {
      this.#addRow('panther_rule_errors', {
        ...event,
        ...this.#ruleValues(by),
        p_dedup: dedup,
        p_rule_error: `${name}: ${error}`,
      });
    }
  }

  grouped(): GroupedOutcomes {
    return {
      windows: [...this.#windows.values()],
      opened: [...this.#opened.values()],
      joined: [...this.#joined.values()],
      tooLoud: this.#tooLoud,
      rows: this.#rows,
    };
  }

  /** @returns what a row says of the alert; undefined if the detection may not make another. */
  #group(
    by: Running,
    rules: Parameters<typeof addMatch>[0],
    type: AlertType,
    verdict: Verdict,
    event: Event,
  ): Event | undefined {
    const { now } = this.#batch;
    const key = windowKey(rules.id, verdict.dedup);
    const before = this.#windows.get(key) ?? this.#kept.get(key);
    const atMs = timeOf(event);
    const { window, effect } = addMatch(rules, before, { verdict, atMs });
    if (effect === 'opens-alert' && !this.#mayOpen(by.detection.id)) return undefined;
    const isNew = window.matchCount === 1;
    const alertId =
      isNew || before === undefined ? idOf(rules.id, this.#seedOf(verdict.event)) : before.alertId;
    const createdAt = effect === 'opens-alert' ? now : isNew ? undefined : before?.alertCreatedAt;
    this.#windows.set(key, {
      ...window,
      alertId,
      firstIndex: isNew || before === undefined ? indexOf(event) : before.firstIndex,
      lastIndex: indexOf(event),
      ...(createdAt !== undefined && { alertCreatedAt: createdAt }),
    });
    if (effect === 'opens-alert') this.#open(by, type, verdict, event, window, alertId);
    if (effect === 'joins-alert') this.#join(alertId, window.matchCount, event);
    return {
      p_alert_id: alertId,
      ...(createdAt !== undefined && {
        p_alert_creation_time: lakeTime(createdAt),
        p_alert_update_time: lakeTime(now),
        p_alert_severity: window.alert?.severity,
      }),
    };
  }

  #mayOpen(id: string): boolean {
    const left = this.#alertsLeft.get(id) ?? 0;
    if (left > 0) this.#alertsLeft.set(id, left - 1);
    else this.#tooLoud.add(id);
    return left > 0;
  }

  #open(
    { detection, version }: Running,
    type: AlertType,
    verdict: Verdict,
    event: Event,
    window: DedupWindow,
    id: string,
  ): void {
    const { now, kind } = this.#batch;
    const destinations =
      verdict.destinations ?? (detection.outputIds.length > 0 ? detection.outputIds : null);
    this.#opened.set(id, {
      id,
      type,
      detection_id: detection.id,
      detection_version: version,
      dedup: verdict.dedup,
      title: verdict.title,
      severity: verdict.severity,
      description: verdict.description,
      runbook: verdict.runbook,
      reference: verdict.reference,
      context: JSON.stringify(verdict.alertContext),
      log_types: JSON.stringify(kinds[kind].logTypes),
      tags: JSON.stringify(detection.tags),
      destinations: destinations && JSON.stringify(destinations),
      status: verdict.severity === 'INFO' ? 'RESOLVED' : 'OPEN',
      assignee_id: null,
      quality: null,
      event_count: window.matchCount,
      first_event_at: new Date(window.startMs).toISOString(),
      last_event_at: instantOf(event),
      created_at: now,
      updated_at: now,
      updated_by: null,
      openedBy: event,
    });
  }

  #join(id: string, matchCount: number, event: Event): void {
    const lastEventAt = instantOf(event);
    const opened = this.#opened.get(id);
    if (opened === undefined) {
      const later = latest(lastEventAt, this.#joined.get(id)?.lastEventAt);
      this.#joined.set(id, { id, eventCount: matchCount, lastEventAt: later });
    } else {
      this.#opened.set(id, {
        ...opened,
        event_count: matchCount,
        last_event_at: latest(lastEventAt, opened.last_event_at),
      });
    }
  }

  #ruleValues({ detection, version }: Running): Event {
    return {
      p_rule_id: detection.id,
      p_rule_version: version,
      p_rule_severity: detection.severity,
      p_rule_tags: detection.tags,
      p_rule_reports: detection.reports,
    };
  }

  #addRow(database: string, row: Event): void {
    const { tableName } = kinds[this.#batch.kind];
    if (tableName === null) return;
    const table = `${database}.${tableName}`;
    const rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, [row]);
    else rows.push(row);
  }

  #seedOf(position: number): string {
    return this.#batch.seeds?.[position] ?? String(this.#event(position).p_row_id);
  }

  #event(position: number): Event {
    return this.#batch.events[position] ?? {};
  }
}

/** Quotes can't stand in the id of a detection, so that its errors have windows of their own. */
function errorsOf(detectionId: string): string {
  return JSON.stringify(['errors of', detectionId]);
}

/** 32 hexadecimal digits. The id of the event is random, so that they give nothing of it away. */
function idOf(detectionId: string, seed: string): string {
  return hash('sha256', JSON.stringify([detectionId, seed])).slice(0, 32);
}

/** `p_event_time` (`YYYY-MM-DD HH:MM:SS.ffffff`) as RFC 3339 with milliseconds. */
function instantOf({ p_event_time }: Event): string {
  return `${String(p_event_time).slice(0, 23).replace(' ', 'T')}Z`;
}

function indexOf({ p_ledger_index }: Event): number | null {
  return p_ledger_index === undefined ? null : Number(p_ledger_index);
}

function timeOf(event: Event): number {
  return Date.parse(instantOf(event));
}

/** An instant as the lake's rows have it. */
function lakeTime(instant: string): string {
  return instant.replace('T', ' ').replace('Z', '');
}

function latest(one: string, other = one): string {
  return one > other ? one : other;
}
