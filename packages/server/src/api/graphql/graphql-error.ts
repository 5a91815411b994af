import { type GraphQLError, type GraphQLFormattedError, Kind, print } from 'graphql';
import { type ActionError, asActionError } from '../../actions/action-error.ts';

/** An error as clients get it: of actions with code and field, of the operation itself as INVALID_INPUT. */
export function formatError(
  error: GraphQLError,
  onInternalError: (error: unknown) => string,
): GraphQLFormattedError & { extensions: { code: string } } {
  const { locations, path } = error.toJSON();
  const failure = failureOf(error, onInternalError);
  return {
    message: failure?.message ?? error.message,
    ...(locations !== undefined && { locations }),
    ...(path !== undefined && { path }),
    extensions: {
      code: failure?.code ?? 'INVALID_INPUT',
      ...(failure?.field !== undefined && { field: failure.field }),
      ...failure?.members,
      ...(failure?.retryAfterSeconds !== undefined && { retryAfterSeconds: failure.retryAfterSeconds }),
    },
  };
}

/** @returns undefined for an error that names no place in the answer: it is about the operation, and fit to be shown. */
function failureOf(
  error: GraphQLError,
  onInternalError: (error: unknown) => string,
): ActionError | undefined {
  if (error.path === undefined) return undefined;
  const failure = asActionError(error.originalError ?? error, '');
  return failure.code === 'INTERNAL' && failure !== error.originalError
    ? asActionError(failure.cause, onInternalError(failure.cause))
    : failure;
}

const valueKinds: ReadonlySet<Kind> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);

/** What a record may say of an error of an operation: names, but no value that was sent. */
export function recordableMessage(error: GraphQLError): string {
  const [node] = error.nodes ?? [];
  const [location] = error.locations ?? [];
  const place = location === undefined ? '' : ` at line ${location.line}, column ${location.column}`;
  if (node === undefined) return error.source === undefined ? error.message : `Syntax error${place}`;
  // graphql-js quotes the value, except where it tells of a field that is missing.
  if (valueKinds.has(node.kind) && !error.message.startsWith('Field "'))
    return `A value of the wrong type${place}`;
  if (node.kind === Kind.VARIABLE_DEFINITION && error.message.includes(' got invalid value ')) {
    return `The value of $${node.variable.name.value} does not fit its type ${print(node.type)}`;
  }
  return error.message;
}
