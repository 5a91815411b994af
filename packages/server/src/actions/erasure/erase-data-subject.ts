import * as z from 'zod';
import { strangers } from '../../sealing/subject.ts';
import type { Transactor } from '../../store/store.ts';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { subjectKinds } from './erasure.ts';
import { assertNotHeld, firstRecordOf } from './legal-hold.ts';

const subjectSchema = z
  .strictObject({ kind: z.enum(subjectKinds), id: z.string().min(1, 'must not be empty').max(256).nullish() })
  .refine(({ kind, id }) => (kind === 'ANONYMOUS') === (id == null), {
    path: ['id'],
    error: 'say which user or token; strangers have no id and are erased together',
  });
type Subject = z.infer<typeof subjectSchema>;

const field = 'input.subject.id';

/**
 * Destroys the key that a person's data in the ledger is sealed under. What was made from the ledger before follows in the
 * background.
 */
export const eraseDataSubject = defineChange({
  name: 'ERASE_DATA_SUBJECT',
  requires: 'UserModify',
  input: z.strictObject({ input: z.strictObject({ subject: subjectSchema }) }),
  prepare: ({ reader }, { input: { subject } }) => firstRecordOf(reader, referenceOf(subject)),
  async run(
    { transactor, caller, now, services, annotate, afterCommit },
    { input: { subject } },
    firstRecord,
  ) {
    const reference = referenceOf(subject);
    await requireGone(transactor, subject);
    const key = await transactor
      .selectFrom('subject_keys')
      .select('id')
      .where('subject', '=', reference)
      .executeTakeFirst();
    if (key === undefined) throw await nothingToErase(transactor, reference);
    await assertNotHeld(transactor, firstRecord ?? services.ledger.size);
    await transactor.deleteFrom('subject_keys').where('id', '=', key.id).execute();
    // What they searched for may tell of them, or of others.
    await transactor.deleteFrom('saved_searches').where('owner', '=', reference).execute();
    const id = services.newId();
    await transactor
      .insertInto('erasures')
      .values({
        id,
        subject: reference,
        key_id: key.id,
        requested_at: now,
        requested_by: actorReference(caller),
      })
      .execute();
    annotate.details({ erasureId: id });
    services.subjectKeys.lookUpAgain(reference);
    afterCommit(() => {
      services.subjectKeys.forget(reference, key.id);
      services.eraser.wake();
    });
    return { id };
  },
});

function referenceOf({ kind, id }: Subject): string {
  return kind === 'ANONYMOUS' ? strangers : `${kind}:${id}`;
}

/** What somebody does who can still act must stay attributable. @throws ActionError CONFLICT */
async function requireGone(transactor: Transactor, { kind, id }: Subject): Promise<void> {
  if (id == null) return;
  const [table, what] =
    kind === 'USER' ? (['users', 'user'] as const) : (['api_tokens', 'API token'] as const);
  const row = await transactor.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst();
  if (row !== undefined)
    throw new ActionError('CONFLICT', `The ${what} ${id} can still act: delete the ${what} first`, { field });
}

async function nothingToErase(transactor: Transactor, reference: string): Promise<ActionError> {
  const erased =
    reference === strangers
      ? undefined
      : await transactor
          .selectFrom('erasures')
          .select('id')
          .where('subject', '=', reference)
          .executeTakeFirst();
  return erased === undefined
    ? new ActionError('NOT_FOUND', `Nothing on record is data of ${reference}`, { field })
    : new ActionError('CONFLICT', `${reference} has been erased already`, { field });
}
