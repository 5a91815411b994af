import { secret } from '@pawprint/record';
import { parseCertificates, TimestampError } from '@pawprint/timestamp';
import * as z from 'zod';
import { emailAddressSchema } from '../../access/email-address.ts';
import {
  anchorDestinations,
  destinationName,
  type OfferedAnchors,
} from '../../anchors/anchor-destination.ts';
import type { Rows } from '../../store/store.ts';
import { defineChange, defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { readSetting, type Settings, writeSetting } from '../settings/settings.ts';

type AnchorSettings = Settings['anchors'];

export const getAnchorSettings = defineRead({
  name: 'GET_ANCHOR_SETTINGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({}),
  run: async ({ reader, services }) =>
    asAnchorSettings(reader, await readSetting(reader, 'anchors'), services.anchors.offered),
});

const url = z
  .url({ protocol: /^https?$/, error: 'not an http:// or https:// address' })
  .max(2_048)
  .refine((text) => URL.parse(text)?.username === '' && URL.parse(text)?.password === '', {
    error: 'must not have a user name or password in it',
  });

/** What is not given stays; a webhook that is given without its secret keeps the one it had. */
export const updateAnchorSettings = defineChange({
  name: 'UPDATE_ANCHOR_SETTINGS',
  requires: 'GeneralSettingsModify',
  input: z.strictObject({
    input: z.strictObject({
      timestampAuthority: z.strictObject({ url, certificates: z.string().max(65_536) }).nullish(),
      intervalMinutes: z.int().min(1, 'at least 1').max(10_080, 'at most 10,080, a week').nullish(),
      webhooks: z
        .array(z.strictObject({ url, secret: secret(z.string().max(256)).nullish() }))
        .max(20, 'at most 20')
        .refine(areDistinct, 'must not have an address twice')
        .nullish(),
      emails: z
        .array(emailAddressSchema)
        .max(20, 'at most 20')
        .refine(areDistinct, 'must not have an address twice')
        .nullish(),
    }),
  }),
  async run({ transactor, services: { anchors }, annotate, afterCommit }, { input }) {
    const { timestampAuthority } = input;
    if (timestampAuthority != null) checkCertificates(timestampAuthority.certificates);
    if ((input.emails ?? []).length > 0 && !anchors.offered.email) {
      throw new ActionError('INVALID_INPUT', 'input.emails: no mail server is set (PAWPRINT_SMTP_URL)', {
        field: 'input.emails',
      });
    }
    const before = await readSetting(transactor, 'anchors');
    const after: AnchorSettings = {
      timestampAuthority: timestampAuthority === undefined ? before.timestampAuthority : timestampAuthority,
      intervalMinutes: input.intervalMinutes ?? before.intervalMinutes,
      webhooks: input.webhooks?.map((webhook) => withSecret(webhook, before)) ?? before.webhooks,
      emails: input.emails ?? before.emails,
    };
    await writeSetting(transactor, 'anchors', after);
    annotate.details({ before: withoutSecrets(before), after: withoutSecrets(after) });
    const names = (settings: AnchorSettings) =>
      anchorDestinations(settings, anchors.offered).map(destinationName);
    const remaining = new Set(names(after));
    const removed = names(before).filter((name) => !remaining.has(name));
    if (removed.length > 0)
      await transactor.deleteFrom('anchors').where('destination', 'in', removed).execute();
    afterCommit(() => anchors.changed(removed));
    return { anchorSettings: await asAnchorSettings(transactor, after, anchors.offered) };
  },
});

function checkCertificates(pem: string): void {
  try {
    parseCertificates(pem);
  } catch (cause) {
    if (!(cause instanceof TimestampError)) throw cause;
    const field = 'input.timestampAuthority.certificates';
    throw new ActionError('INVALID_INPUT', `${field}: ${cause.message}`, { field, cause });
  }
}

function withSecret(
  { url, secret }: { readonly url: string; readonly secret?: string | null | undefined },
  before: AnchorSettings,
) {
  const kept = before.webhooks.find((webhook) => webhook.url === url)?.secret ?? null;
  return { url, secret: secret === undefined ? kept : secret || null };
}

function withoutSecrets({ webhooks, ...rest }: AnchorSettings) {
  return { ...rest, webhooks: webhooks.map(({ url, secret }) => ({ url, hasSecret: secret !== null })) };
}

async function asAnchorSettings(rows: Rows, settings: AnchorSettings, offered: OfferedAnchors) {
  const anchors = await rows.selectFrom('anchors').selectAll().execute();
  const destinations = anchorDestinations(settings, offered).map((destination) => {
    const name = destinationName(destination);
    const last = anchors.find((anchor) => anchor.destination === name);
    return { name, size: last?.size ?? null, anchoredAt: last?.anchored_at ?? null };
  });
  return { ...withoutSecrets(settings), destinations, emailOffered: offered.email };
}

function areDistinct(items: readonly (string | { readonly url: string })[]): boolean {
  return new Set(items.map((item) => (typeof item === 'string' ? item : item.url))).size === items.length;
}
