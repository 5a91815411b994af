import { listSystemErrors, type SystemError } from '../../../actions/system-error/list-system-errors.ts';
import { builder, queryField } from '../schema-builder.ts';

export const systemErrorRef = builder.objectRef<SystemError>('SystemError').implement({
  description: 'Something of the instance itself that does not work, or was not as it should be',
  fields: (t) => ({
    id: t.exposeID('id'),
    kind: t.exposeString('kind'),
    subject: t.exposeString('subject', {
      description:
        "Which of several things of that kind, such as a witness's name; empty where there is only one",
    }),
    message: t.exposeString('message'),
    reportedAt: t.expose('reportedAt', { type: 'DateTime' }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it worked again; null while it lasts',
    }),
  }),
});

queryField('systemErrors', {
  action: listSystemErrors,
  type: [systemErrorRef],
  description: 'Lists the system errors of the instance, those that last first',
  audience: 'public',
});
