import {
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { ActionError } from '../../actions/action-error.ts';
import { introspectSchema } from '../../actions/api-request/introspect-schema.ts';
import type { ActionRunner, Call } from '../../actions/run-action.ts';
import { splitArguments } from './arguments.ts';
import { createDocumentReader, type DocumentReader, type ReadDocument } from './document.ts';
import { formatError, recordableMessage } from './graphql-error.ts';
import { readRequestBody } from './request-body.ts';
import {
  type FieldReaders,
  fieldCall,
  RequestContext,
  type RequestSource,
  type RootAction,
} from './request-context.ts';
import { type RootField, rootFields } from './root-fields.ts';
import { fieldAction } from './schema.ts';

/** Fields at the root of one operation, each of which is an action. */
export const rootFieldsMax = 20;

export interface GraphQLExecutorOptions {
  readonly schema: GraphQLSchema;
  readonly runner: ActionRunner;
  readonly readers: FieldReaders;
  /** Told of unexpected errors; returns the reference that the caller is given. */
  onInternalError(error: unknown): string;
}

export interface GraphQLRequest extends Pick<RequestSource, 'caller' | 'origin'> {
  /** The parsed JSON. */
  readonly body: unknown;
  /** Records that the request is refused without an action that it could be recorded under. */
  reject(failure: ActionError): Promise<void>;
}

export interface GraphQLAnswer {
  readonly status: number;
  readonly body: FormattedExecutionResult;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Answers GraphQL requests. Each root field asked for leaves one record, whatever becomes of it.
 * @throws ActionError UNAVAILABLE when a refusal can't be recorded.
 */
export type GraphQLExecutor = (request: GraphQLRequest) => Promise<GraphQLAnswer>;

export function createGraphQLExecutor(options: GraphQLExecutorOptions): GraphQLExecutor {
  const readDocument = createDocumentReader(options.schema);
  return async (request) => {
    const asked = understand(options, request, readDocument);
    if (asked instanceof GraphQLError) return reject(options, request, [asked]);
    const errors = asked.read.kind === 'invalid' ? asked.read.errors : variableErrors(asked);
    return errors.length > 0 ? refuse(asked, errors) : answer(asked);
  };
}

/** A request of which it is known what it asks for, though not that it may run. */
interface Asked extends GraphQLExecutorOptions, GraphQLRequest, RequestSource {
  readonly read: Exclude<ReadDocument, { kind: 'unreadable' }>;
  readonly operation: OperationDefinitionNode;
  readonly rootType: GraphQLObjectType;
  readonly fields: readonly RootField[];
}

function understand(
  options: GraphQLExecutorOptions,
  request: GraphQLRequest,
  readDocument: DocumentReader,
): Asked | GraphQLError {
  const body = readRequestBody(request.body);
  if (body instanceof GraphQLError) return body;
  const read = readDocument(body.query);
  if (read.kind === 'unreadable') return read.error;
  const operation = chooseOperation(read.document, body.operationName);
  if (operation instanceof GraphQLError) return operation;
  const rootType = options.schema.getRootType(operation.operation);
  if (rootType == null) return new GraphQLError(`This API has no ${operation.operation}s`);
  const fields = rootFields(operation, read.fragments, body.variables);
  if (fields.length > rootFieldsMax) {
    return new GraphQLError(`An operation may have at most ${rootFieldsMax} fields at its root`);
  }
  return { ...options, ...request, read, operation, rootType, variables: body.variables, fields };
}

function chooseOperation(
  { definitions }: DocumentNode,
  name: string | null | undefined,
): OperationDefinitionNode | GraphQLError {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation, another] =
    name == null ? operations : operations.filter((candidate) => candidate.name?.value === name);
  if (operation === undefined) return new GraphQLError('The document has no such operation');
  return another === undefined
    ? operation
    : new GraphQLError('operationName: must say which operation to run');
}

function variableErrors({ schema, operation, variables }: Asked): readonly GraphQLError[] {
  return (
    getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 20 }).errors ?? []
  );
}

/** Runs a valid operation. */
async function answer(asked: Asked): Promise<GraphQLAnswer> {
  const introspection = introspectionCall(asked);
  if (introspection !== undefined) await asked.runner.run(introspectSchema, introspection);
  const context = new RequestContext(asked, asked.runner, asked.readers);
  const { data, errors } = await execute({
    schema: asked.schema,
    document: asked.read.document,
    operationName: asked.operation.name?.value,
    variableValues: asked.variables,
    contextValue: context,
  });
  // One field's failure ends the execution while its neighbours may still be at work.
  const outcomes = await Promise.allSettled(context.outcomes.values());
  await refuseUnstarted(asked, context);
  const body = {
    ...(errors && { errors: formatErrors(asked, errors) }),
    ...(data !== undefined && { data }),
  };
  const unavailable = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' && isUnavailable(outcome.reason) ? [outcome.reason] : [],
  );
  return unavailable.length > 0 && unavailable.length === outcomes.length
    ? { status: 503, body, retryAfterSeconds: unavailable[0]?.retryAfterSeconds }
    : { status: 200, body };
}

function isUnavailable(error: unknown): error is ActionError {
  return error instanceof ActionError && error.code === 'UNAVAILABLE';
}

/** A failed mutation ends the operation (GraphQL §6.2.2, §6.4.4); those behind it were asked for all the same. */
async function refuseUnstarted(asked: Asked, { outcomes }: RequestContext): Promise<void> {
  const failure = new ActionError('CONFLICT', 'Not attempted, because a field before it failed');
  const unstarted = knownFields(asked).filter(({ responseName }) => !outcomes.has(responseName));
  // What can't be recorded here was not done either, and the field before it tells the caller why.
  await Promise.allSettled(unstarted.map(({ action, call }) => asked.runner.refuse(action, call, failure)));
}

/** Records each known root field of an operation that can't run as FAILED. */
async function refuse(asked: Asked, errors: readonly GraphQLError[]): Promise<GraphQLAnswer> {
  const failure = recordable(errors);
  const introspection = introspectionCall(asked);
  await Promise.all([
    ...knownFields(asked).map(({ action, call }) => asked.runner.refuse(action, call, failure)),
    ...(introspection === undefined ? [] : [asked.runner.refuse(introspectSchema, introspection, failure)]),
  ]);
  const isKnown = ({ node: { name } }: RootField) =>
    name.value.startsWith('__') || fieldAction(asked.rootType, name.value);
  return asked.fields.length > 0 && asked.fields.every(isKnown)
    ? badRequest(asked, errors)
    : reject(asked, asked, errors);
}

async function reject(
  options: GraphQLExecutorOptions,
  request: GraphQLRequest,
  errors: readonly GraphQLError[],
): Promise<GraphQLAnswer> {
  await request.reject(recordable(errors));
  return badRequest(options, errors);
}

function badRequest(options: GraphQLExecutorOptions, errors: readonly GraphQLError[]): GraphQLAnswer {
  return { status: 400, body: { errors: formatErrors(options, errors) } };
}

function formatErrors({ onInternalError }: GraphQLExecutorOptions, errors: readonly GraphQLError[]) {
  return errors.map((error) => formatError(error, onInternalError));
}

function recordable(errors: readonly GraphQLError[]): ActionError {
  const messages = errors.map(recordableMessage);
  return new ActionError('INVALID_INPUT', messages[0] ?? 'The request is not valid', { parts: messages });
}

interface KnownField extends RootField {
  readonly action: RootAction;
  readonly call: Call;
}

function knownFields(asked: Asked): readonly KnownField[] {
  return asked.fields.flatMap((field) => {
    const action = fieldAction(asked.rootType, field.node.name.value);
    if (action === undefined) return [];
    return [{ ...field, action, call: fieldCall(asked, asked.operation, asked.rootType, field.node) }];
  });
}

/** One call for all that a request asks of the schema; asking for nothing but `__typename` is asking for it too. */
function introspectionCall({ caller, origin, operation, variables, fields }: Asked): Call | undefined {
  const asks = fields.filter(({ node }) => node.name.value === '__schema' || node.name.value === '__type');
  if (asks.length === 0 && !fields.every(({ node }) => node.name.value === '__typename')) return undefined;
  const given = asks.map(
    ({ responseName, node }) => [responseName, splitArguments(node, operation, variables)] as const,
  );
  return {
    caller,
    origin,
    description: 'Describes the API itself',
    input: {},
    params: {
      dynamic: Object.fromEntries(given.map(([name, split]) => [name, split.dynamic])),
      static: Object.fromEntries(given.map(([name, split]) => [name, split.static])),
    },
  };
}
