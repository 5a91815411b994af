import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DestinationRow } from '../../store/tables.ts';
import { type AlertNotice, DeliveryError, type DeliveryTools } from './destination.ts';
import { type DestinationType, deliver, withKeptSecrets, withoutSecrets } from './destinations.ts';

/** The other side of a destination, in a test. */
export interface FarSide {
  readonly tools: DeliveryTools;
  readonly config: Readonly<Record<string, unknown>>;
  /** The secrets in the config, by the name under which the API says that there is one. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What arrived, each as one text with everything in it. */
  received(): readonly string[];
  /** From now on it takes nothing, and says so with `refusal`. */
  refuse(): void;
  readonly refusal: RegExp;
}

const notice: AlertNotice = {
  alertId: 'a'.repeat(32),
  type: 'RULE',
  severity: 'HIGH',
  title: 'Role “Ä” was made\nby somebody',
  detectionId: 'Sensitive.Role',
  name: 'A sensitive role',
  version: 7,
  description: 'The description',
  runbook: 'The runbook',
  reference: 'https://example.com/reference',
  tags: ['One tag'],
  context: { who: 'the-actor' },
  createdAt: '2026-01-02T03:04:05.678Z',
  link: 'http://console/alerts/aaaa',
  isTest: false,
};

/** What every kind of destinations owes. */
export function testDestination(type: DestinationType, start: () => Promise<FarSide>): void {
  const row = ({ config }: FarSide): Pick<DestinationRow, 'type' | 'config'> => ({
    type,
    config: JSON.stringify(config),
  });

  test(`${type}: what arrives says all that matters of the alert`, async () => {
    const far = await start();
    await deliver(far.tools, row(far), notice, 'alert/delivery');
    const [text = '', ...more] = far.received();
    assert.deepEqual(more, []);
    for (const part of [
      notice.severity,
      notice.detectionId,
      notice.name,
      notice.description,
      notice.runbook,
      notice.reference,
      'One tag',
      'the-actor',
      notice.createdAt,
      notice.link,
      'by somebody',
    ]) {
      assert(text.includes(part), `${part} is not in ${text}`);
    }
  });

  test(`${type}: what is tried again can be told from what is new`, async () => {
    const far = await start();
    for (const key of ['one/x', 'one/x', 'two/x']) await deliver(far.tools, row(far), notice, key);
    // Some words of its own about the time of each are no difference.
    const keys = far.received().map((text) => /(one|two)[/.]x/.exec(text)?.[1]);
    assert.deepEqual(keys, ['one', 'one', 'two']);
  });

  test(`${type}: a test says that it is one`, async () => {
    const far = await start();
    await deliver(far.tools, row(far), { ...notice, isTest: true }, 'a/b');
    assert.match(far.received()[0] ?? '', /test alert/i);
  });

  test(`${type}: a refusal is an error that says why`, async () => {
    const far = await start();
    far.refuse();
    await assert.rejects(deliver(far.tools, row(far), notice, 'a/b'), (error: unknown) => {
      assert(error instanceof DeliveryError);
      assert.match(error.message, far.refusal);
      return true;
    });
  });

  test(`${type}: a secret is not shown, and stays while it is not given`, async () => {
    const far = await start();
    const names = Object.keys(far.secrets);
    const shown = withoutSecrets(row(far));
    for (const secret of Object.values(far.secrets)) {
      assert(!JSON.stringify(shown).includes(secret), `${secret} is shown`);
    }
    assert.deepEqual(
      names.map((name) => shown[name]),
      names.map(() => true),
    );
    const given = Object.fromEntries(
      Object.entries(far.config).filter(([, value]) => !Object.values(far.secrets).includes(String(value))),
    );
    assert.deepEqual(JSON.parse(withKeptSecrets(type, JSON.stringify(far.config), given)), far.config);
  });
}
