import type { Settings } from '../actions/settings/settings.ts';

/** Where checkpoints are kept outside, so that whoever holds the machine and its key can't rewrite what was sent. */
export type AnchorDestination =
  | { readonly kind: 'time_stamp'; readonly url: string; readonly certificates: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string | null }
  | { readonly kind: 'email'; readonly address: string }
  | { readonly kind: 'file' };

/** What the operator has set up, without which a kind of destination can't be had. */
export interface OfferedAnchors {
  readonly email: boolean;
  readonly file: boolean;
}

/** All destinations: those of the settings, and the operator's file. */
export function anchorDestinations(
  { timestampAuthority, webhooks, emails }: Settings['anchors'],
  offered: OfferedAnchors,
): readonly AnchorDestination[] {
  return [
    ...(timestampAuthority === null ? [] : [{ kind: 'time_stamp', ...timestampAuthority } as const]),
    ...webhooks.map((webhook) => ({ kind: 'webhook', ...webhook }) as const),
    ...emails.map((address) => ({ kind: 'email', address }) as const),
    ...(offered.file ? [{ kind: 'file' } as const] : []),
  ];
}

/** What it is called on record and in the console; no two of an instance have the same. */
export function destinationName(destination: AnchorDestination): string {
  switch (destination.kind) {
    case 'time_stamp':
      return `time stamp by ${destination.url}`;
    case 'webhook':
      return `webhook ${destination.url}`;
    case 'email':
      return `e-mail to ${destination.address}`;
    case 'file':
      return "the operator's file";
  }
}
