import type { FieldNode, GraphQLObjectType, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql';
import type { Caller, Origin } from '../../actions/caller.ts';
import type { ActionRunner, Call } from '../../actions/run-action.ts';
import type { Services } from '../../actions/services.ts';
import type { QueryRunner } from '../../lake/query-runner.ts';
import { splitArguments } from './arguments.ts';

/** An action as root fields run it. */
export type RootAction = Parameters<ActionRunner['run']>[0];

/** Where root fields come from. */
export interface RequestSource {
  readonly caller: Caller;
  readonly origin: Origin;
  /** As sent, not coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What fields below a root field read, for those who may see what they belong to. */
export type FieldReaders = Pick<Services, 'readAlertEvents'> & {
  readonly queries: Pick<QueryRunner, 'results'>;
};

/** What the resolvers of one request share. */
export class RequestContext {
  readonly readers: FieldReaders;
  /** What each root field came to, by response name; a field that never started is not in it. */
  readonly outcomes = new Map<string, Promise<unknown>>();
  readonly #source: RequestSource;
  readonly #runner: ActionRunner;

  constructor(source: RequestSource, runner: ActionRunner, readers: FieldReaders) {
    this.#source = source;
    this.#runner = runner;
    this.readers = readers;
  }

  /** Runs the action of a root field with the field's arguments, `null` where null was given. */
  run(action: RootAction, args: object, info: GraphQLResolveInfo): Promise<unknown> {
    const call = fieldCall(this.#source, info.operation, info.parentType, info.fieldNodes[0]);
    const outcome = this.#runner.run(action, { ...call, input: args });
    this.outcomes.set(String(info.path.key), outcome);
    return outcome;
  }
}

/** The call of a root field's action, as the field is written; its input is not known yet. */
export function fieldCall(
  { caller, origin, variables }: RequestSource,
  operation: OperationDefinitionNode,
  rootType: GraphQLObjectType,
  node: FieldNode | undefined,
): Call {
  const name = node?.name.value ?? '';
  return {
    caller,
    origin,
    description: rootType.getFields()[name]?.description ?? name,
    input: undefined,
    params: node === undefined ? { dynamic: {}, static: {} } : splitArguments(node, operation, variables),
  };
}
