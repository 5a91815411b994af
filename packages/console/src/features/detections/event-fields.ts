import { actorSchema, auditRecordSchema } from '@pawprint/record';

/** A field of events, with those inside it. */
export type EventField = {
  readonly name: string;
  readonly type: string;
  readonly info?: string;
  readonly fields?: readonly EventField[];
};

/** What every event has once it is in the data lake. */
const standardFields: readonly EventField[] = [
  { name: 'p_log_type', type: 'text', info: 'The type of log it comes from.' },
  { name: 'p_row_id', type: 'text', info: 'Unique id of the row.' },
  { name: 'p_event_time', type: 'time', info: 'When it happened, in UTC.' },
  { name: 'p_parse_time', type: 'time', info: 'When it was taken in, in UTC.' },
  { name: 'p_source_id', type: 'text', info: 'Id of the log source.' },
  { name: 'p_source_label', type: 'text', info: 'Name of the log source.' },
  { name: 'p_any_ip_addresses', type: 'list', info: 'Every IP address in it.' },
  { name: 'p_any_usernames', type: 'list', info: 'Every user name in it.' },
  { name: 'p_any_emails', type: 'list', info: 'Every e-mail address in it.' },
  { name: 'p_any_actor_ids', type: 'list', info: 'Every actor id in it.' },
];

const text = (name: string): EventField => ({ name, type: 'text' });

const actorFields: readonly EventField[] = Object.keys(actorSchema.shape).map((name) =>
  name === 'attributes'
    ? {
        name,
        type: 'object',
        fields: [text('email'), { name: 'emailVerified', type: 'boolean' }, text('roleId'), text('roleName')],
      }
    : text(name),
);

const objects: Readonly<Record<string, readonly EventField[]>> = {
  actor: actorFields,
  actionParams: [
    { name: 'dynamic', type: 'object', fields: [{ name: 'input', type: 'object' }] },
    { name: 'static', type: 'object', fields: [{ name: 'input', type: 'object' }] },
  ],
  actionDetails: [
    { name: 'before', type: 'object' },
    { name: 'after', type: 'object' },
  ],
};
const lists = ['errors', 'XForwardedFor'];

const auditFields: readonly EventField[] = Object.entries(auditRecordSchema.shape).map(
  ([name, schema]): EventField => ({
    name,
    type: name in objects ? 'object' : lists.includes(name) ? 'list' : 'text',
    ...(schema.description !== undefined && { info: schema.description.replaceAll('`', '') }),
    ...(objects[name] !== undefined && { fields: objects[name] }),
  }),
);

/** The fields of events that a detection whose text names these log types may be given. */
export function eventFields(detection: string): readonly EventField[] {
  return /\bPanther\.Audit\b/.test(detection) ? [...auditFields, ...standardFields] : standardFields;
}

/** The fields behind a path of names; none where it leads nowhere. */
export function fieldsAt(fields: readonly EventField[], path: readonly string[]): readonly EventField[] {
  return path.reduce<readonly EventField[]>(
    (at, name) => at.find((field) => field.name === name)?.fields ?? [],
    fields,
  );
}
