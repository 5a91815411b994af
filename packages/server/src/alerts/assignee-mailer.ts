import { setTimeout as delay } from 'node:timers/promises';
import type { Mail } from '../outbound/mail.ts';
import type { Store } from '../store/store.ts';
import type { AlertRow, AssigneeMailRow } from '../store/tables.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { retryAt } from './alert-deliverer.ts';
import { messageDomain } from './destinations/email.ts';
import { regularLooks } from './regular-looks.ts';

/** Writes to those whom alerts were assigned to, in the background. */
export interface AssigneeMailer {
  /** Begins, once the console has an address. */
  start(): void;
  /** There may be something to write. */
  wake(): void;
  /** Starts nothing more, and waits a moment for what is under way. */
  stop(): Promise<void>;
}

export interface AssigneeMailerOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly mail: Mail;
  readonly systemErrors: Pick<SystemErrors, 'report' | 'resolve'>;
  /** Now, RFC 3339 UTC with milliseconds. */
  now(): string;
  consoleAddress(): Promise<string>;
  /** What is due could not be looked for, or an outcome not kept. It is tried again. */
  onFailure(error: unknown): void;
}

const stoppingMsMax = 3_000;
const titlesMax = 50;
const failing = { kind: 'alert_delivery', subject: 'e-mail to assignees' } as const;

/** Tries each message until a mail server takes it or its attempts are used up: at least once, always under the same id. */
export function createAssigneeMailer(options: AssigneeMailerOptions): AssigneeMailer {
  const { store, onFailure } = options;
  let stopped = false;
  const looks = regularLooks(look, onFailure);

  async function look(): Promise<void> {
    const due = await store.reader
      .selectFrom('assignee_mails')
      .selectAll()
      .where('next_attempt_at', '<=', options.now())
      .orderBy('next_attempt_at')
      .execute();
    for (const row of due) if (!stopped) await attempt(options, row);
  }

  return {
    start: looks.start,
    wake: looks.wake,
    async stop() {
      looks.end();
      stopped = true;
      await Promise.race([looks.underWay, delay(stoppingMsMax, undefined, { ref: false })]);
    },
  };
}

async function attempt(options: AssigneeMailerOptions, row: AssigneeMailRow): Promise<void> {
  const { store, systemErrors, now } = options;
  let message: string | undefined;
  try {
    await write(options, row);
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
  }
  const attempts = row.attempts + 1;
  const nextAttemptAt = message === undefined ? null : retryAt(attempts, now());
  if (message === undefined) systemErrors.resolve(failing);
  // Before the row is gone, so that a crash between tries again rather than tell nobody.
  else if (nextAttemptAt === null) {
    systemErrors.report(failing, `Who has new alerts could not be told by e-mail: ${message}`);
  }
  await store.bookkeep(async (bookkeeper) => {
    if (nextAttemptAt === null) {
      await bookkeeper.deleteFrom('assignee_mails').where('id', '=', row.id).execute();
    } else {
      const set = { attempts, next_attempt_at: nextAttemptAt };
      await bookkeeper.updateTable('assignee_mails').set(set).where('id', '=', row.id).execute();
    }
  });
}

/** To whoever is gone by now, or has none of the alerts any more, nothing is written. */
async function write(
  { store: { reader }, mail, consoleAddress }: AssigneeMailerOptions,
  { id, user_id, alert_ids }: AssigneeMailRow,
): Promise<void> {
  const user = await reader.selectFrom('users').select('email').where('id', '=', user_id).executeTakeFirst();
  const alerts = await reader
    .selectFrom('alerts')
    .select(['id', 'title', 'severity'])
    .where('id', 'in', JSON.parse(alert_ids) as string[])
    .where('assignee_id', '=', user_id)
    .orderBy('created_at', 'desc')
    .execute();
  const [first] = alerts;
  if (user === undefined || first === undefined) return;
  await mail.sendMail({
    from: mail.from,
    // As an object, so that no address is read as a list of others.
    to: { name: '', address: user.email },
    messageId: `<${id}@${messageDomain(mail)}>`,
    subject:
      alerts.length === 1
        ? `Assigned to you: ${first.severity}: ${first.title}`
        : `Assigned to you: ${alerts.length} alerts`,
    text: text(alerts, await consoleAddress()),
    headers: { 'auto-submitted': 'auto-generated' },
  });
}

function text(
  alerts: readonly Pick<AlertRow, 'id' | 'title' | 'severity'>[],
  consoleAddress: string,
): string {
  const named = alerts.slice(0, titlesMax);
  const lines = named.map(
    ({ id, title, severity }) => `${severity}: ${title}\n${consoleAddress}/alerts/${id}`,
  );
  const more = alerts.length - named.length;
  return `${[...lines, ...(more > 0 ? [`And ${more} more: ${consoleAddress}/alerts?assignee=me`] : [])].join('\n\n')}\n`;
}
