import { listSchemas } from '../../../actions/schema/list-schemas.ts';
import type { LogSchema } from '../../../content/log-types.ts';
import { builder, queryField } from '../schema-builder.ts';
import { connection } from './page.ts';
import { input } from './payload.ts';

const schemaRef = builder.objectRef<LogSchema>('Schema').implement({
  description: 'The fields of a log type',
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    referenceURL: t.exposeString('referenceURL'),
    revision: t.exposeInt('revision'),
    spec: t.exposeString('spec', { description: 'YAML' }),
    isManaged: t.exposeBoolean('isManaged'),
    isArchived: t.exposeBoolean('isArchived'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});

queryField('schemas', {
  action: listSchemas,
  type: connection('Schema', schemaRef),
  args: input(
    builder.inputType('SchemasInput', {
      fields: (t) => ({
        contains: t.string(),
        isManaged: t.boolean(),
        isArchived: t.boolean(),
        isInUse: t.boolean(),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the schemas of log types',
  audience: 'public',
});
