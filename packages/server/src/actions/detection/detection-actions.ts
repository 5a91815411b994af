import type { AnalysisType, CheckedContent, ContentItem } from '@pawprint/detections';
import type { ActionName, Permission } from '@pawprint/record';
import * as z from 'zod';
import type { ReadContext } from '../action.ts';
import { defineChange, defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { asDetections, asVersions, detectionDetails, requireDetection } from './detection.ts';
import { type Family, families } from './detection-kinds.ts';
import { testedDetection } from './test-result.ts';
import { checkBesideKept, requireSound, writeItem } from './write-content.ts';

const id = z.string().min(1).max(512);
const textMax = 512 * 1024;
const file = z.strictObject({
  path: z.string().regex(/^[\p{L}\p{N}_-][\p{L}\p{N}_. /-]{0,254}$/u, 'must be a relative path of a file'),
  text: z.string().max(textMax, `must have at most ${textMax} characters`),
});
const files = z.array(file).min(1, 'must hold the file that describes the detection').max(2);

interface Names {
  readonly create: ActionName;
  readonly update: ActionName;
  readonly get: ActionName;
  readonly test: ActionName;
  readonly read: Permission;
  readonly modify: Permission;
}

const names: Readonly<Record<Family, Names>> = {
  rule: {
    create: 'CREATE_RULE',
    update: 'UPDATE_RULE',
    get: 'GET_RULE',
    test: 'TEST_RULE',
    read: 'RuleRead',
    modify: 'RuleModify',
  },
  policy: {
    create: 'CREATE_POLICY',
    update: 'UPDATE_POLICY',
    get: 'GET_POLICY',
    test: 'TEST_POLICY',
    read: 'PolicyRead',
    modify: 'PolicyModify',
  },
  dataModel: {
    create: 'CREATE_DATA_MODEL',
    update: 'UPDATE_DATA_MODEL',
    get: 'GET_DATA_MODEL',
    test: 'TEST_RULE',
    read: 'RuleRead',
    modify: 'RuleModify',
  },
  globalHelper: {
    create: 'CREATE_GLOBAL_HELPER',
    update: 'UPDATE_GLOBAL_HELPER',
    get: 'GET_GLOBAL_HELPER',
    test: 'TEST_RULE',
    read: 'RuleRead',
    modify: 'RuleModify',
  },
};

function actionsOf(family: Family) {
  const name = names[family];
  const kinds = families[family];
  return {
    /** With all its versions, the newest first. */
    get: defineRead({
      name: name.get,
      requires: name.read,
      input: z.strictObject({ id }),
      async run({ reader }, input) {
        const row = await requireDetection(reader, kinds, input.id, 'id');
        const [detection] = await asDetections(reader, [row]);
        const versions = await reader
          .selectFrom('detection_versions')
          .selectAll()
          .where('kind', '=', row.kind)
          .where('id', '=', row.id)
          .orderBy('version', 'desc')
          .execute();
        return detection && { ...detection, versions: await asVersions(reader, versions) };
      },
    }),

    /** Reads, loads and tests files that need not be kept. */
    test: defineRead({
      name: name.test,
      requires: name.read,
      input: z.strictObject({ input: z.strictObject({ files }) }),
      async run({ reader, services }, { input }) {
        const { items, problems, tests } = await checkBesideKept(reader, services, input.files, {
          tested: () => true,
        });
        const ids = new Set(items.map((item) => item.id));
        return {
          problems,
          tests: tests.filter(({ detectionId }) => ids.has(detectionId)).map(testedDetection),
        };
      },
    }),

    create: defineChange({
      name: name.create,
      requires: name.modify,
      input: z.strictObject({ input: z.strictObject({ files, enabled: z.boolean().nullish() }) }),
      prepare: (context, { input }) => checked(context, kinds, input.files),
      async run({ transactor, caller, now, services, annotate, afterCommit }, { input }, content) {
        const [item] = content.items;
        const { before, after } = await writeItem({ transactor, caller, now }, content, item, {
          enabled: input.enabled ?? undefined,
          field: 'input.files',
        });
        if (before !== undefined) {
          throw new ActionError('ALREADY_EXISTS', `There is already a ${item.kind} ${item.id}`, {
            field: 'input.files',
          });
        }
        annotate.details({ after: detectionDetails(after, services.sha256) });
        afterCommit(services.detectionsChanged);
        const [detection] = await asDetections(transactor, [after]);
        return { detection };
      },
    }),

    /** Replaces the files of a detection, under the same id. It stays on or off unless said otherwise. */
    update: defineChange({
      name: name.update,
      requires: name.modify,
      input: z.strictObject({ input: z.strictObject({ id, files, enabled: z.boolean().nullish() }) }),
      prepare: (context, { input }) => checked(context, kinds, input.files),
      async run({ transactor, caller, now, services, annotate, afterCommit }, { input }, content) {
        const row = await requireDetection(transactor, kinds, input.id, 'input.id');
        const [item] = content.items;
        if (item.id !== row.id || item.kind !== row.kind) {
          throw new ActionError(
            'INVALID_INPUT',
            `input.files: these are of the ${item.kind} ${item.id}, not of the ${row.kind} ${row.id}`,
            { field: 'input.files' },
          );
        }
        const { before, after } = await writeItem({ transactor, caller, now }, content, item, {
          enabled: input.enabled ?? row.enabled === 1,
          field: 'input.id',
        });
        annotate.details({
          before: before && detectionDetails(before, services.sha256),
          after: detectionDetails(after, services.sha256),
        });
        afterCommit(services.detectionsChanged);
        const [detection] = await asDetections(transactor, [after]);
        return { detection };
      },
    }),
  };
}

/** What files hold that can be kept: exactly one thing, of one of these kinds. */
interface One extends CheckedContent {
  readonly items: readonly [ContentItem];
}

async function checked(
  { reader, services }: Pick<ReadContext, 'reader' | 'services'>,
  kinds: readonly AnalysisType[],
  given: z.output<typeof files>,
): Promise<One> {
  const content = await checkBesideKept(reader, services, given);
  requireSound(content, 'input.files');
  const [item, other] = content.items;
  const field = 'input.files';
  if (item === undefined || other !== undefined) {
    throw new ActionError('INVALID_INPUT', `${field}: must describe exactly one ${kinds[0]}`, { field });
  }
  if (!kinds.includes(item.kind)) {
    throw new ActionError('INVALID_INPUT', `${field}: a ${item.kind} is not one of ${kinds.join(', ')}`, {
      field,
    });
  }
  return { ...content, items: [item] };
}

/** The actions on what is written as files: the same for every family, but for their names and permissions. */
export const detectionActions = {
  rule: actionsOf('rule'),
  policy: actionsOf('policy'),
  dataModel: actionsOf('dataModel'),
  globalHelper: actionsOf('globalHelper'),
} satisfies Record<Family, ReturnType<typeof actionsOf>>;
