import { type AuditRecord, erasedText } from '@pawprint/record';

const partsMax = 4;

/**
 * One line about a record: why it failed, else what it was asked to do (`email: a@b.c · role: Admin`), else
 * what the API says of the operation.
 */
export function summarize(record: AuditRecord): string {
  const error = record.actionResult === 'SUCCEEDED' ? undefined : record.errors?.[0]?.message;
  const parameters = leaves(record.actionParams ?? {}).slice(0, partsMax);
  return error ?? (parameters.length > 0 ? parameters.join(' · ') : (record.actionDescription ?? ''));
}

/** Names under which the parameters are nested: they say how a value was sent, not what it is. */
const wrappers = new Set(['dynamic', 'static', 'input']);

/** How a list was read on, not what was looked for. */
const paging = new Set(['pageSize', 'cursor', 'after']);

function leaves(value: object, path: readonly string[] = []): string[] {
  return Object.entries(value).flatMap(([name, item]) => {
    if (paging.has(name)) return [];
    const inner = wrappers.has(name) ? path : [...path, name];
    if (Array.isArray(item)) return item.length === 0 ? [] : [`${inner.join('.')}: ${listText(item)}`];
    if (isReference(item)) return [`${inner.join('.')}: ${item.value}`];
    if (typeof item === 'object' && item !== null) return leaves(item, inner);
    return untold.has(item) ? [] : [`${inner.join('.')}: ${item}`];
  });
}

/** Values that say nothing, the marks of a redacted secret and of an erased person among them. */
const untold = new Set<unknown>([null, '', '(redacted)', erasedText]);

/** How the API names a role: `{kind: 'NAME', value: 'Admin'}`; only the value tells something here. */
function isReference(item: unknown): item is { readonly kind: unknown; readonly value: unknown } {
  return typeof item === 'object' && item !== null && Object.keys(item).sort().join() === 'kind,value';
}

function listText(items: readonly unknown[]): string {
  const simple = items.every((item) => typeof item !== 'object');
  return simple && items.length <= 3 ? items.join(', ') : `${items.length} items`;
}

/** Who acted, for people: the e-mail or name where there is one. */
export function actorName({ actor }: AuditRecord): string {
  return actor.name || actor.id;
}
