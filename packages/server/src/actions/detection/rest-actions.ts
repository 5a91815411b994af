import { type CheckedContent, type ContentItem, severities } from '@pawprint/detections';
import type { ActionName } from '@pawprint/record';
import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import { defineChange, defineRead, type ReadContext } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { offsetPage } from '../page.ts';
import { asDetections, type DetectionEntity, detectionDetails } from './detection.ts';
import { detectionKinds, type Family } from './detection-kinds.ts';
import { matches } from './list-detections.ts';
import {
  bodyOfDetection,
  bodySchema,
  filesOfBody,
  type RestResource,
  restResources,
} from './rest-resources.ts';
import { testedDetection } from './test-result.ts';
import { checkBesideKept, managed, requireSound, writeItem } from './write-content.ts';

type Verb = 'create' | 'update' | 'get' | 'list' | 'remove' | 'test';

const names: Readonly<Record<Family, Readonly<Record<Verb, ActionName>>>> = {
  rule: {
    create: 'CREATE_RULE',
    update: 'UPDATE_RULE',
    get: 'GET_RULE',
    list: 'LIST_DETECTIONS',
    remove: 'DELETE_DETECTION',
    test: 'TEST_RULE',
  },
  policy: {
    create: 'CREATE_POLICY',
    update: 'UPDATE_POLICY',
    get: 'GET_POLICY',
    list: 'LIST_POLICIES',
    remove: 'DELETE_DETECTION',
    test: 'TEST_POLICY',
  },
  dataModel: {
    create: 'CREATE_DATA_MODEL',
    update: 'UPDATE_DATA_MODEL',
    get: 'GET_DATA_MODEL',
    list: 'LIST_DATA_MODELS',
    remove: 'DELETE_DATA_MODEL',
    test: 'TEST_RULE',
  },
  globalHelper: {
    create: 'CREATE_GLOBAL_HELPER',
    update: 'UPDATE_GLOBAL_HELPER',
    get: 'GET_GLOBAL_HELPER',
    list: 'LIST_GLOBAL_HELPERS',
    remove: 'DELETE_GLOBAL_HELPER',
    test: 'TEST_RULE',
  },
};

const id = z.string().min(1).max(512);
const list = z
  .union([z.string().max(256), z.array(z.string().max(256)).max(100)])
  .transform((given) => [given].flat())
  .optional();
const flag = z.stringbool().optional();

/** The actions behind one resource of the REST API. */
function actionsOf(resource: RestResource) {
  const name = names[resource.family];
  const { read, modify } = detectionKinds[resource.kind];
  const fields = bodySchema(resource);
  const written = fields.extend({ id, 'run-tests-first': flag, 'run-tests-only': flag });

  async function prepare(
    { reader, services }: Pick<ReadContext, 'reader' | 'services'>,
    input: z.output<typeof written>,
  ): Promise<One> {
    const { id: itemId, 'run-tests-first': testsFirst = true, 'run-tests-only': testsOnly, ...body } = input;
    const content = await checkBesideKept(reader, services, filesOfBody(resource, itemId, body), {
      tested: (tested) => tested === itemId && (testsFirst || testsOnly === true),
    });
    requireSound(content, 'body');
    const testResults = content.tests.map(testedDetection);
    const failed = testResults.filter(({ passed }) => !passed);
    if (failed.length > 0) {
      throw new ActionError('INVALID_INPUT', `${failed.length} of ${testResults.length} tests failed`, {
        field: 'tests',
        parts: failed.map((test) => `${test.name}: ${test.error?.message}`).slice(0, 20),
        members: { testResults },
      });
    }
    const [item] = content.items;
    if (item === undefined) throw new ActionError('INVALID_INPUT', `body: describes no ${resource.name}`);
    return { ...content, item };
  }

  async function requireOne(rows: Rows, wanted: string) {
    const row = await rows
      .selectFrom('detection_content')
      .selectAll()
      .where('kind', '=', resource.kind)
      .where('id', '=', wanted)
      .executeTakeFirst();
    const [detection] = await asDetections(rows, row === undefined ? [] : [row]);
    if (row === undefined || detection === undefined || !isOne(resource, detection)) {
      throw new ActionError('NOT_FOUND', `There is no ${resource.name} ${wanted}`, { field: 'id' });
    }
    return { row, detection };
  }

  return {
    list: defineRead({
      name: name.list,
      requires: read,
      input: z.strictObject({
        cursor: z.string().max(256).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
        'name-contains': z.string().max(256).optional(),
        state: z.enum(['enabled', 'disabled']).optional(),
        severity: z.preprocess((given) => given && [given].flat(), z.array(z.enum(severities)).optional()),
        tag: list,
        'created-by': z.string().max(256).optional(),
        'last-modified-by': z.string().max(256).optional(),
        'include-python': flag,
        ...(resource.sourceParameter !== undefined && { [resource.sourceParameter]: list }),
      }),
      async run({ reader }, input) {
        const rows = await reader
          .selectFrom('detection_content')
          .selectAll()
          .where('kind', '=', resource.kind)
          .orderBy('id')
          .execute();
        const wanted = (reference: string | null, asked: string | undefined) =>
          asked === undefined || reference?.split(':')[1] === asked;
        const own = rows.filter(
          (row) =>
            wanted(row.created_by, input['created-by']) && wanted(row.updated_by, input['last-modified-by']),
        );
        const found = (await asDetections(reader, own)).filter(
          (detection) =>
            isOne(resource, detection) &&
            matches(detection, {
              nameContains: input['name-contains'],
              enabled: input.state && input.state === 'enabled',
              severities: input.severity,
              tags: input.tag,
              sources: (input as Readonly<Record<string, unknown>>)[resource.sourceParameter ?? ''] as
                | string[]
                | undefined,
            }),
        );
        const { edges, pageInfo } = offsetPage(found, input.limit, input.cursor);
        return {
          results: edges.map(({ node }) => bodyOfDetection(resource, node)),
          ...(pageInfo.hasNextPage && { next: pageInfo.endCursor }),
        };
      },
    }),

    get: defineRead({
      name: name.get,
      requires: read,
      input: z.strictObject({ id, 'include-python': flag }),
      run: async ({ reader }, input) =>
        bodyOfDetection(resource, (await requireOne(reader, input.id)).detection),
    }),

    /** What would be kept is only tested. */
    test: defineRead({
      name: name.test,
      requires: modify,
      input: written,
      run: async (context, input) => void (await prepare(context, input)),
    }),

    create: defineChange({
      name: name.create,
      requires: modify,
      input: written,
      prepare,
      async run({ transactor, caller, now, services, annotate, afterCommit }, input, { item, ...content }) {
        const { before, after } = await writeItem({ transactor, caller, now }, content, item, {
          field: 'id',
        });
        if (before !== undefined) {
          throw new ActionError('ALREADY_EXISTS', `There is already a ${resource.name} ${input.id}`, {
            field: 'id',
          });
        }
        annotate.details({ after: detectionDetails(after, services.sha256) });
        afterCommit(services.detectionsChanged);
        return bodyOfDetection(resource, await one(asDetections(transactor, [after])));
      },
    }),

    /** Makes it, or replaces all of it. */
    put: defineChange({
      name: name.update,
      requires: modify,
      input: written,
      prepare,
      async run({ transactor, caller, now, services, annotate, afterCommit }, _, { item, ...content }) {
        const { before, after } = await writeItem({ transactor, caller, now }, content, item, {
          field: 'id',
        });
        annotate.details({
          ...(before !== undefined && { before: detectionDetails(before, services.sha256) }),
          after: detectionDetails(after, services.sha256),
        });
        afterCommit(services.detectionsChanged);
        const detection = await one(asDetections(transactor, [after]));
        return { created: before === undefined, body: bodyOfDetection(resource, detection) };
      },
    }),

    remove: defineChange({
      name: name.remove,
      requires: modify,
      input: z.strictObject({ id }),
      async run({ transactor, services, annotate, afterCommit }, input) {
        const { row } = await requireOne(transactor, input.id);
        if (row.managed === 1) throw managed(row.id, 'id');
        await transactor
          .deleteFrom('detection_content')
          .where('kind', '=', row.kind)
          .where('id', '=', row.id)
          .execute();
        annotate.details({ before: detectionDetails(row, services.sha256) });
        afterCommit(services.detectionsChanged);
      },
    }),
  };
}

interface One extends CheckedContent {
  readonly item: ContentItem;
}

function isOne(resource: RestResource, detection: DetectionEntity): boolean {
  return resource.isOne?.(detection) ?? true;
}

/** The one of a list that can't be empty. */
async function one(found: Promise<readonly DetectionEntity[]>): Promise<DetectionEntity> {
  const [detection] = await found;
  if (detection === undefined) throw new Error('what was written is not there');
  return detection;
}

/** Each resource of the REST API with its actions. */
export const restDetections = restResources.map((resource) => ({ resource, actions: actionsOf(resource) }));
