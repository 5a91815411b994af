import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import type { AlertDeliveryRow, DestinationRow } from '../store/tables.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { alertNotice, testNotice } from './alert-notice.ts';
import { DeliveryError, type DeliveryTools, type Receipt } from './destinations/destination.ts';
import { type DestinationType, deliver, unavailable } from './destinations/destinations.ts';
import { regularLooks } from './regular-looks.ts';

/** What actions need of the deliveries. */
export interface AlertDeliveries {
  /** There may be something to deliver. */
  wake(): void;
  /** Why this instance has no destinations of a type; undefined where it has. */
  unavailable(type: DestinationType): string | undefined;
  /** Sends a made-up alert at once, once. @throws DeliveryError */
  sendTest(destination: DestinationRow): Promise<Receipt>;
  /** A destination is no longer called so, so nothing is wrong with it. */
  forget(destinationName: string): void;
}

/** Takes alerts to their destinations, in the background. */
export interface AlertDeliverer extends AlertDeliveries {
  /** Begins, once the console has an address. */
  start(): void;
  /** Until what is due has been tried, and its outcome kept. */
  settled(): Promise<void>;
  /** Starts nothing more, and waits a moment for what is under way. */
  stop(): Promise<void>;
}

export interface AlertDelivererOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly tools: DeliveryTools;
  readonly systemErrors: Pick<SystemErrors, 'report' | 'resolve'>;
  /** Now, RFC 3339 UTC with milliseconds. */
  now(): string;
  /** Where the console is, for links to alerts. */
  consoleAddress(): Promise<string>;
  /** The deliveries could not be looked for, or an outcome not kept. It is tried again. */
  onFailure(error: unknown): void;
}

/** To one destination at a time: one that hangs holds up nothing but itself. */
const parallelMax = 4;
/** The first attempt, and ten more. */
const attemptsMax = 11;
const firstRetryDelayMs = 5_000;
const keepingRetryMs = 1_000;
const stoppingMsMax = 3_000;

/**
 * Tries each delivery that is due until it succeeds or its attempts are used up, after growing delays. An attempt that a crash
 * interrupts leaves the delivery due: each is made at least once, and always under the same key.
 */
export function createAlertDeliverer(options: AlertDelivererOptions): AlertDeliverer {
  const { store, onFailure } = options;
  /** The deliveries under way, by destination. */
  const underWay = new Map<string, Map<string, Promise<void>>>();
  const stopping = new AbortController();
  const looks = regularLooks(look, onFailure);

  async function look(): Promise<void> {
    const destinations = await store.reader.selectFrom('destinations').selectAll().execute();
    for (const destination of destinations) {
      const active = underWay.get(destination.id) ?? new Map<string, Promise<void>>();
      underWay.set(destination.id, active);
      if (active.size >= parallelMax) continue;
      const due = await store.reader
        .selectFrom('alert_deliveries')
        .selectAll()
        .where('destination_id', '=', destination.id)
        .where('next_attempt_at', '<=', options.now())
        .orderBy('next_attempt_at')
        // Those under way are still due.
        .limit(parallelMax + active.size)
        .execute();
      const starting = due.filter(({ id }) => !active.has(id)).slice(0, parallelMax - active.size);
      for (const delivery of starting) {
        if (stopping.signal.aborted) return;
        const attempted = attempt(options, destination, delivery, stopping.signal).finally(() => {
          active.delete(delivery.id);
          looks.now();
        });
        active.set(delivery.id, attempted);
      }
    }
  }

  const attempts = () => [...underWay.values()].flatMap((active) => [...active.values()]);
  return {
    start: looks.start,
    wake: looks.wake,
    unavailable: (type) => unavailable(options.tools, type),
    async sendTest(destination) {
      const id = randomUUID().replaceAll('-', '');
      const notice = testNotice(id, options.now(), await options.consoleAddress());
      return deliver(options.tools, destination, notice, `${id}/test`);
    },
    forget: (subject) => void options.systemErrors.resolve({ kind: 'alert_delivery', subject }),
    async settled() {
      looks.now();
      while (looks.underWay !== undefined || attempts().length > 0)
        await Promise.all([looks.underWay, ...attempts()]);
    },
    async stop() {
      looks.end();
      stopping.abort();
      await Promise.race([
        Promise.all([looks.underWay, ...attempts()]),
        delay(stoppingMsMax, undefined, { ref: false }),
      ]);
    },
  };
}

/** How an attempt ended. */
type Outcome = Pick<AlertDeliveryRow, 'message' | 'status_code'> & { readonly succeeded: boolean };

/** Tries one delivery, and keeps how it went. It never fails. */
async function attempt(
  options: AlertDelivererOptions,
  destination: DestinationRow,
  delivery: AlertDeliveryRow,
  stop: AbortSignal,
): Promise<void> {
  try {
    const outcome = await send(options, destination, delivery);
    const row = afterAttempt(delivery, outcome, options.now());
    const subject = { kind: 'alert_delivery', subject: destination.name } as const;
    // Before the row says so, so that a crash between tries again rather than tell nobody.
    if (row.status === 'FAILED') {
      options.systemErrors.report(
        subject,
        `An alert could not be delivered to ${destination.name}: ${outcome.message}`,
      );
    } else if (outcome.succeeded) options.systemErrors.resolve(subject);
    // What can't be kept, as on a full disk, must not be sent again and again in the meantime.
    while (!stop.aborted && !(await keep(options, destination, row))) {
      await delay(keepingRetryMs, undefined, { signal: stop, ref: false }).catch(() => undefined);
    }
  } catch (error) {
    options.onFailure(error);
  }
}

async function send(
  { store, tools, consoleAddress }: AlertDelivererOptions,
  destination: DestinationRow,
  { id, alert_id }: AlertDeliveryRow,
): Promise<Outcome> {
  const alert = await store.reader
    .selectFrom('alerts')
    .selectAll()
    .where('id', '=', alert_id)
    .executeTakeFirst();
  if (alert === undefined) return { succeeded: false, message: 'the alert is gone', status_code: null };
  try {
    const notice = await alertNotice(store.reader, alert, await consoleAddress());
    const receipt = await deliver(tools, destination, notice, `${alert_id}/${id}`);
    return { succeeded: true, message: receipt.message, status_code: receipt.statusCode };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { succeeded: false, message: error.message, status_code: error.statusCode };
  }
}

/** When what failed so many times is tried again; null where it is given up. */
export function retryAt(attempts: number, now: string): string | null {
  if (attempts >= attemptsMax) return null;
  return new Date(Date.parse(now) + firstRetryDelayMs * 2 ** (attempts - 1)).toISOString();
}

/** The delivery after one more attempt. */
export function afterAttempt(
  delivery: AlertDeliveryRow,
  { succeeded, message, status_code }: Outcome,
  now: string,
): AlertDeliveryRow {
  const attempts = delivery.attempts + 1;
  const nextAttemptAt = succeeded ? null : retryAt(attempts, now);
  return {
    ...delivery,
    status: succeeded ? 'DELIVERED' : nextAttemptAt === null ? 'FAILED' : 'PENDING',
    attempts,
    next_attempt_at: nextAttemptAt,
    message,
    status_code,
    dispatched_at: now,
  };
}

/** @returns whether it is kept. */
async function keep(
  { store, now, onFailure }: AlertDelivererOptions,
  destination: DestinationRow,
  row: AlertDeliveryRow,
): Promise<boolean> {
  try {
    await store.bookkeep(async (bookkeeper) => {
      const { numUpdatedRows } = await bookkeeper
        .updateTable('alert_deliveries')
        .set(row)
        .where('id', '=', row.id)
        // Not where the destination was deleted meanwhile.
        .where('status', '=', 'PENDING')
        .executeTakeFirst();
      if (row.status === 'PENDING' || Number(numUpdatedRows) === 0) return;
      const body = { destination: destination.name, outcome: row.status, message: row.message };
      await bookkeeper
        .insertInto('alert_activities')
        .values({
          id: randomUUID(),
          alert_id: row.alert_id,
          kind: 'DELIVERY',
          body: JSON.stringify(body),
          actor: null,
          created_at: now(),
        })
        .execute();
    });
    return true;
  } catch (error) {
    onFailure(error);
    return false;
  }
}
