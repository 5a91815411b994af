import type { QueryLimits } from '../../../access/query-limits.ts';
import { builder } from '../schema-builder.ts';

const descriptions = {
  timeSeconds: 'Seconds that a query may run; null for the limit of the instance, here and below',
  memoryMb: 'Megabytes (10^6) of memory that a query may use',
  resultRows: 'Rows of a result',
  resultBytes: 'Bytes of a result',
  concurrentQueries: 'How many queries of one user or token may run or wait at once',
} as const;

export const queryLimitsRef = builder.objectRef<QueryLimits>('QueryLimits').implement({
  description: 'What queries of the data lake may take',
  fields: (t) => ({
    timeSeconds: t.exposeInt('timeSeconds', { nullable: true, description: descriptions.timeSeconds }),
    memoryMb: t.exposeInt('memoryMb', { nullable: true, description: descriptions.memoryMb }),
    resultRows: t.exposeInt('resultRows', { nullable: true, description: descriptions.resultRows }),
    resultBytes: t.exposeInt('resultBytes', { nullable: true, description: descriptions.resultBytes }),
    concurrentQueries: t.exposeInt('concurrentQueries', {
      nullable: true,
      description: descriptions.concurrentQueries,
    }),
  }),
});

export const queryLimitsInput = builder.inputType('QueryLimitsInput', {
  description: 'Replaces all limits of before; what is left out is the limit of the instance',
  fields: (t) => ({
    timeSeconds: t.int({ description: descriptions.timeSeconds }),
    memoryMb: t.int({ description: descriptions.memoryMb }),
    resultRows: t.int({ description: descriptions.resultRows }),
    resultBytes: t.int({ description: descriptions.resultBytes }),
    concurrentQueries: t.int({ description: descriptions.concurrentQueries }),
  }),
});
