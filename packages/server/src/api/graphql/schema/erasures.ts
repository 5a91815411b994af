import { eraseDataSubject } from '../../../actions/erasure/erase-data-subject.ts';
import { type Erasure, subjectKinds } from '../../../actions/erasure/erasure.ts';
import { listErasures } from '../../../actions/erasure/list-erasures.ts';
import { builder, mutationField, queryField } from '../schema-builder.ts';
import { idPayload, input } from './payload.ts';
import { actorRef } from './references.ts';

const subjectKindEnum = builder.enumType('DataSubjectKind', {
  description: 'Whose data it is: a user’s, an API token’s, or that of all whom the instance does not know',
  values: subjectKinds,
});

const erasureRef = builder.objectRef<Erasure>('Erasure').implement({
  description: 'The erasure of a person from the records. It names nobody',
  fields: (t) => ({
    id: t.exposeID('id'),
    subjectKind: t.expose('subjectKind', { type: subjectKindEnum }),
    subjectId: t.exposeID('subjectId', { nullable: true, description: 'Null for strangers, who have no id' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime' }),
    requestedBy: t.expose('requestedBy', { type: actorRef, nullable: true }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it had reached everything that was made from the ledger; null while it has not',
    }),
    progress: t.exposeFloat('progress', { description: 'How far it is through the ledger, from 0 to 1' }),
    records: t.expose('records', {
      type: 'Long',
      nullable: true,
      description: 'How many records had data of the subject',
    }),
  }),
});

queryField('erasures', {
  action: listErasures,
  type: [erasureRef],
  description: 'Lists the erasures of persons from the records, newest first',
  audience: 'public',
});

mutationField('eraseDataSubject', {
  action: eraseDataSubject,
  type: idPayload('EraseDataSubjectOutput'),
  args: input(
    builder.inputType('EraseDataSubjectInput', {
      fields: (t) => ({
        subject: t.field({
          type: builder.inputType('DataSubjectInput', {
            fields: (f) => ({
              kind: f.field({ type: subjectKindEnum, required: true }),
              id: f.id({ description: 'Of a user or token that was deleted; none for strangers' }),
            }),
          }),
          required: true,
        }),
      }),
    }),
  ),
  description: 'Makes what identifies a person in the records unreadable for ever',
  audience: 'public',
});
