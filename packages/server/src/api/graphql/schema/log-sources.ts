import { deleteLogSource } from '../../../actions/log-source/delete-log-source.ts';
import { getLogSource } from '../../../actions/log-source/get-log-source.ts';
import { listLogSources } from '../../../actions/log-source/list-log-sources.ts';
import type { LogSource } from '../../../actions/log-source/log-source.ts';
import { builder, mutationField, queryField } from '../schema-builder.ts';
import { connection } from './page.ts';
import { idInput, idPayload, input, optionalInput } from './payload.ts';
import { actorRef } from './references.ts';

export const logIntegrationRef = builder.objectRef<LogSource>('LogIntegration').implement({
  description: 'A source of logs',
  fields: (t) => ({
    integrationId: t.exposeID('integrationId'),
    integrationLabel: t.exposeString('integrationLabel'),
    integrationType: t.exposeString('integrationType'),
    isEditable: t.exposeBoolean('isEditable'),
    isHealthy: t.exposeBoolean('isHealthy'),
    logTypes: t.exposeStringList('logTypes'),
    createdAtTime: t.expose('createdAtTime', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    lastModified: t.expose('lastModified', { type: 'DateTime', nullable: true }),
    lastEventReceivedAtTime: t.expose('lastEventReceivedAtTime', { type: 'DateTime', nullable: true }),
    lastEventProcessedAtTime: t.expose('lastEventProcessedAtTime', { type: 'DateTime', nullable: true }),
  }),
});

queryField('sources', {
  action: listLogSources,
  type: connection('LogIntegration', logIntegrationRef),
  args: optionalInput(
    builder.inputType('SourcesInput', {
      fields: (t) => ({
        nameContains: t.string(),
        pageSize: t.int({ defaultValue: 25 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the log sources',
  audience: 'public',
});

queryField('source', {
  action: getLogSource,
  type: logIntegrationRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches the log source with an id',
  audience: 'public',
});

mutationField('deleteSource', {
  action: deleteLogSource,
  type: idPayload('DeleteSourceOutput'),
  args: input(idInput('DeleteSourceInput')),
  description: 'Deletes a log source',
  audience: 'public',
});
