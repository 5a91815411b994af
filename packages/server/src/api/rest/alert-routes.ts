import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Change } from '../../actions/action.ts';
import { ActionError } from '../../actions/action-error.ts';
import type { ActorObject } from '../../actions/actor-object.ts';
import type { Alert } from '../../actions/alert/alert.ts';
import type { AlertComment } from '../../actions/alert/alert-comment.ts';
import type { ChangedAlerts } from '../../actions/alert/change-alerts.ts';
import { createAlertComment } from '../../actions/alert/create-alert-comment.ts';
import { getAlert } from '../../actions/alert/get-alert.ts';
import { getAlertComment, listAlertComments } from '../../actions/alert/get-alert-comment.ts';
import { listAlertEvents } from '../../actions/alert/list-alert-events.ts';
import { listAlerts } from '../../actions/alert/list-alerts.ts';
import { updateAlertsAssigneeById } from '../../actions/alert/update-alert-assignee.ts';
import { updateAlertComment } from '../../actions/alert/update-alert-comment.ts';
import { updateAlertQuality } from '../../actions/alert/update-alert-quality.ts';
import { updateAlertStatus } from '../../actions/alert/update-alert-status.ts';
import type { Page } from '../../actions/page.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';
import { RequestRefusal } from '../request-refusal.ts';

/** Alerts and their comments in the form of Panther's REST API. */
export function addAlertRoutes(context: RouteContext): void {
  addActionRoute(context, {
    method: 'GET',
    url: '/public/alerts',
    action: listAlerts,
    description: 'Lists the alerts that match, newest first',
    recordsInput: true,
    input: ({ query }) => ({ input: listInput(query as Query, new Date()) }),
    answer: (page) => results(page, asRestAlert),
  });
  addActionRoute(context, {
    method: 'GET',
    url: '/public/alerts/:id',
    action: getAlert,
    description: 'Fetches the alert with an id',
    answer: (alert) => alert && asRestAlert(alert),
  });
  addActionRoute(context, {
    method: 'GET',
    url: '/public/alerts/:id/events',
    action: listAlertEvents,
    description: 'Lists the events of an alert, newest first',
    recordsInput: true,
    input: ({ params, query }) => ({
      input: { alertId: (params as { id: string }).id, ...pageOf(query as Query) },
    }),
    answer: ({ events, nextCursor }) => ({ results: events, ...(nextCursor && { next: nextCursor }) }),
  });
  addActionRoute(context, {
    method: 'GET',
    url: '/public/alert-comments',
    action: listAlertComments,
    description: 'Lists the comments on an alert, oldest first',
    recordsInput: true,
    input: ({ query }) => ({
      input: { alertId: (query as Query)['alert-id'], ...pageOf(query as Query) },
    }),
    answer: (page) => results(page, asRestComment),
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/public/alert-comments',
    action: createAlertComment,
    description: 'Writes a comment on an alert',
    recordsInput: true,
    input: ({ body }) => ({ input: body }),
    answer: ({ comment }) => comment && asRestComment(comment),
  });
  addActionRoute(context, {
    method: 'GET',
    url: '/public/alert-comments/:id',
    action: getAlertComment,
    description: 'Fetches the comment with an id',
    answer: (comment) => comment && asRestComment(comment),
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/public/alert-comments/:id',
    action: updateAlertComment,
    description: 'Changes a comment on an alert',
    answer: (comment) => comment && asRestComment(comment),
  });
  addPatchRoutes(context);
}

/** What a change of alerts can give, each an action of its own with its own record. */
const changes: Readonly<Record<'status' | 'assignee' | 'quality', AlertChange>> = {
  status: { action: updateAlertStatus, name: 'status', description: 'Changes the status of alerts' },
  assignee: {
    action: updateAlertsAssigneeById,
    name: 'assigneeId',
    description: 'Assigns alerts to a user by id',
  },
  quality: { action: updateAlertQuality, name: 'quality', description: 'Marks alerts as useful or as noise' },
};

interface AlertChange {
  readonly action: Change<z.ZodType, ChangedAlerts, unknown>;
  /** What the action calls the field. */
  readonly name: string;
  readonly description: string;
}

function addPatchRoutes({ app, runner }: RouteContext): void {
  async function change(request: FastifyRequest, ids: unknown, given: Record<string, unknown>) {
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(changes, name));
    if (unknown !== undefined)
      throw new RequestRefusal('INVALID_INPUT', `${unknown}: there is no such field`);
    const wanted = Object.entries(changes).filter(([name]) => given[name] !== undefined);
    if (wanted.length === 0) {
      throw new RequestRefusal('INVALID_INPUT', `Give one of ${Object.keys(changes).join(', ')}`);
    }
    const missing = new Set<string>();
    for (const [field, { action, name, description }] of wanted) {
      // An empty text takes the value away, as null does.
      const input = { input: { ids, [name]: given[field] === '' ? null : given[field] } };
      const { caller, origin } = request;
      const params = { dynamic: input, static: {} };
      const { errors } = await runner.run(action, { caller, origin, description, input, params });
      for (const { message } of errors) missing.add(message);
    }
    // The others are changed.
    if (missing.size > 0) throw new ActionError('NOT_FOUND', [...missing].join('; '));
  }

  const { action, description } = changes.status;
  app.patch('/public/alerts', { config: { action, description } }, async (request, reply) => {
    const { ids, ...given } = bodyOf(request);
    await change(request, ids, given);
    return reply.code(204).send();
  });
  app.patch('/public/alerts/:id', { config: { action, description } }, async (request, reply) => {
    await change(request, [(request.params as { id: string }).id], bodyOf(request));
    return reply.code(200).send({});
  });
}

function bodyOf({ body }: FastifyRequest): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw new RequestRefusal('INVALID_INPUT', 'The body must be a JSON object');
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

const dayMs = 24 * 60 * 60 * 1000;
const limitMax = 50;

/** Without a time the list covers the last 30 days. */
function listInput(query: Query, now: Date): Record<string, unknown> {
  return {
    ...pageOf(query),
    type: query.type,
    subtypes: list(query['sub-type']),
    detectionId: query['detection-id'],
    createdAtAfter: instant(query['created-after']) ?? new Date(now.getTime() - 30 * dayMs).toISOString(),
    createdAtBefore: instant(query['created-before']) ?? now.toISOString(),
    sortDir: query['sort-dir'] === 'asc' ? 'ascending' : 'descending',
    nameContains: query['name-contains'],
    logSources: list(query['log-source']),
    logTypes: list(query['log-type']),
    resourceTypes: list(query['resource-type']),
    statuses: list(query.status),
    severities: list(query.severity),
    assigneeIds: list(query.assignee),
    qualities: list(query.quality),
    eventCountMin: number(query['event-count-min']),
    eventCountMax: number(query['event-count-max']),
  };
}

/** @throws RequestRefusal for a limit that is none. */
function pageOf({ limit, cursor }: Query): Record<string, unknown> {
  const pageSize = number(limit) ?? 25;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > limitMax) {
    throw new RequestRefusal('INVALID_INPUT', `limit: must be from 1 to ${limitMax}`);
  }
  return { pageSize, cursor };
}

function list(value: Query[string]): readonly string[] | undefined {
  return value === undefined || value === '' ? undefined : [value].flat();
}

function number(value: Query[string]): number | undefined {
  return value === undefined || value === '' ? undefined : Number(value);
}

/** A month, a day, an RFC 3339 time or seconds since 1970, as RFC 3339; what is neither stays for the action to refuse. */
function instant(value: Query[string]): unknown {
  if (typeof value !== 'string' || value === '') return undefined;
  const date = /^\d{9,11}$/.test(value) ? new Date(Number(value) * 1_000) : new Date(value);
  return Number.isNaN(date.getTime()) ? value : date.toISOString();
}

function results<Node>({ edges, pageInfo }: Page<Node>, show: (node: Node) => object): object {
  const { hasNextPage, endCursor } = pageInfo;
  return { results: edges.map(({ node }) => show(node)), ...(hasNextPage && { next: endCursor }) };
}

function asRestActor(actor: ActorObject | null): object {
  if (actor === null) return { type: 'system' };
  return { id: actor.id, type: actor.__typename === 'User' ? 'user' : 'api-token' };
}

function asRestAlert(alert: Alert): object {
  const { id, type, title, status, severity, quality, context, origin, assignee } = alert;
  const { eventCount, createdAt, firstEventOccurredAt, lastReceivedEventAt, runbook } = alert;
  return {
    ...{ id, type, title, status, severity, context, contextTags: [], eventCount, createdAt },
    ...{ firstEventOccurredAt, lastReceivedEventAt, runbook },
    ...(quality !== null && { quality }),
    ...(assignee !== null && { assignee: { id: assignee.id, type: 'user' } }),
    ...(origin?.__typename === 'SystemError'
      ? { systemError: { type: origin.kind } }
      : origin && { detection: { id: origin.id, type: type.replace(/_ERROR$/, '') } }),
    updatedBy: asRestActor(alert.updatedBy),
    deliveries: alert.deliveries
      .filter(({ dispatchedAt }) => dispatchedAt !== null)
      .map(({ outputId, label, message, statusCode, success, dispatchedAt }) => ({
        ...{ outputId, label, message, statusCode, success, dispatchedAt },
      })),
  };
}

function asRestComment({ id, alertId, body, format, ...comment }: AlertComment): object {
  const createdBy = asRestActor(comment.createdBy);
  const { createdAt, updatedAt } = comment;
  return { id, alertId, body, format, createdAt, createdBy, updatedAt, updatedBy: createdBy };
}
