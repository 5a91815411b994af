import { randomUUID } from 'node:crypto';
import {
  type ActionResult,
  type Actor,
  type AuditRecord,
  entryJson,
  formatTimestamp,
  redact,
} from '@pawprint/record';
import type { z } from 'zod';
import { type Capture, type Reader, StoreError, type Transact } from '../store/store.ts';
import type { Annotation, AnyAction, Change, Read, Requirement } from './action.ts';
import { ActionError, asActionError } from './action-error.ts';
import { actorOf, type Caller, type Origin } from './caller.ts';
import type { Services } from './services.ts';
import { unstorableText } from './unstorable-text.ts';

/** One call of an action, as its entrance (GraphQL field, REST route, job) saw it. */
export interface Call {
  readonly caller: Caller;
  readonly origin: Origin;
  /** What the entrance says it does, for people: the field's or route's description. */
  readonly description: string;
  /** The arguments as given, not yet validated. */
  readonly input: unknown;
  /** The same arguments, split by how they were given: as variables (or a body), or literally in the operation. */
  readonly params: { readonly dynamic: unknown; readonly static: unknown };
  /** What the entrance itself has to add to `actionDetails`. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** The only way to act: authorize, run, record, commit. */
export interface ActionRunner {
  /**
   * @returns what the action returns, once its record is durable.
   * @throws ActionError. The failure is on record, unless the store can't write at all: then the code is UNAVAILABLE,
   *   and nothing was done.
   */
  run<Schema extends z.ZodType, Output>(
    action: Read<Schema, Output> | Change<Schema, Output, unknown>,
    call: Call,
  ): Promise<Output>;

  /**
   * Records as FAILED what an entrance refused before it could run, such as a GraphQL operation that is not valid.
   * @param actor who it was, where that is known of a caller who may not act (an expired token).
   * @throws ActionError UNAVAILABLE when it can't be recorded.
   */
  refuse(action: AnyAction, call: Call, failure: ActionError, actor?: Actor): Promise<void>;
}

export interface ActionRunnerOptions {
  readonly transact: Transact;
  readonly reader: Reader;
  readonly services: Services;
  /** Told of each recorded action, so that the ledger takes it at once. */
  onRecorded(): void;
  /** Told of unexpected errors, with the reference the caller was given. */
  onInternalError(error: unknown, reference: string): void;
}

export function createActionRunner(options: ActionRunnerOptions): ActionRunner {
  return {
    run: (action, call) => runAction(options, action as AnyAction, call),
    refuse: (action, call, failure, actor) => {
      const note = new Note();
      if (actor !== undefined) note.actor(actor);
      return recordFailure(options, action, call, note, failure);
    },
  };
}

async function runAction<Output>(
  options: ActionRunnerOptions,
  action: AnyAction,
  call: Call,
): Promise<Output> {
  const note = new Note();
  try {
    authorize(action.requires, call.caller);
    const input = validate(action.input, call.input);
    return await (action.kind === 'read'
      ? performRead<Output>(options, action, call, input, note)
      : performChange<Output>(options, action, call, input, note));
  } catch (error) {
    const reference = randomUUID();
    const failure = asActionError(error, reference);
    if (failure.code === 'INTERNAL') options.onInternalError(error, reference);
    // A record of failure beside that of success would be a lie; if it was not done, nothing is on record.
    if (error instanceof StoreError && error.code === 'outcome_unknown') throw failure;
    await recordFailure(options, action, call, note, failure);
    throw failure;
  }
}

async function performRead<Output>(
  options: ActionRunnerOptions,
  // biome-ignore lint/suspicious/noExplicitAny: see AnyAction.
  action: Read<any, Output>,
  call: Call,
  input: unknown,
  note: Note,
): Promise<Output> {
  const { reader, services } = options;
  const output = await action.run(
    { caller: call.caller, origin: call.origin, now: services.now(), services, annotate: note, reader },
    input,
  );
  await recordAlone(options, action, call, note);
  return output;
}

async function performChange<Output>(
  { transact, reader, services, onRecorded }: ActionRunnerOptions,
  // biome-ignore lint/suspicious/noExplicitAny: see AnyAction.
  action: Change<any, Output, any>,
  call: Call,
  input: unknown,
  note: Note,
): Promise<Output> {
  if (action.neededOnFullDisk !== true) requireRoom(services);
  const context = { caller: call.caller, origin: call.origin, now: services.now(), services };
  const prepared = await action.prepare?.({ ...context, annotate: note, reader }, input);
  const asPrepared = note.copy();
  let effects: (() => void)[] = [];
  const output = await transact(async (transactor, capture) => {
    effects = [];
    note.reset(asPrepared);
    const afterCommit = (effect: () => void) => effects.push(effect);
    const result = await action.run({ ...context, annotate: note, transactor, afterCommit }, input, prepared);
    if (action.unrecordedWhenSucceeded === undefined) await record(capture, services, action, call, note);
    else capture.leaveUnrecorded(action.unrecordedWhenSucceeded);
    return result;
  });
  onRecorded();
  for (const effect of effects) effect();
  return output;
}

/** The action's own transaction is gone, so its failure is recorded in another. */
async function recordFailure(
  options: ActionRunnerOptions,
  action: AnyAction,
  call: Call,
  note: Note,
  failure: ActionError,
): Promise<void> {
  note.failed(failure);
  try {
    await recordAlone(options, action, call, note);
  } catch (error) {
    throw asActionError(error, randomUUID());
  }
}

/** Writes a record that goes with no change; on a full disk, into the room that was kept back for it. */
async function recordAlone(
  { transact, services, onRecorded }: ActionRunnerOptions,
  action: AnyAction,
  call: Call,
  note: Note,
): Promise<void> {
  const write = () => transact((_, capture) => record(capture, services, action, call, note));
  try {
    await write();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    await services.capacity.check();
    // Otherwise trying again would help nothing, and could record twice what a lost connection did commit.
    if (services.capacity.hasRoom) throw error;
    await write();
  }
  onRecorded();
}

function authorize(requires: Requirement, caller: Caller): void {
  if (requires === 'anyone' || caller.kind === 'system') return;
  if (caller.kind === 'anonymous')
    throw new ActionError('UNAUTHENTICATED', 'Sign in or send a valid API token');
  if (requires === 'known_caller') return;
  if (requires === 'system') throw new ActionError('FORBIDDEN', 'Only the instance itself does this');
  const anyOf = typeof requires === 'string' ? [requires] : requires;
  if (!anyOf.some((permission) => caller.permissions.has(permission))) {
    throw new ActionError('FORBIDDEN', `This needs the permission ${anyOf.join(' or ')}`);
  }
}

/** While the disk is nearly full, what room is left is for the records of reads and refusals. */
function requireRoom({ capacity }: Services): void {
  if (capacity.hasRoom) return;
  throw new ActionError(
    'UNAVAILABLE',
    "The instance's disk is nearly full: changes are refused until there is room",
    {
      retryAfterSeconds: 5,
    },
  );
}

function validate(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalidInput(describe(parsed.error.issues[0]));
  const path = unstorableText(input);
  if (path !== undefined) throw invalidInput({ path, problem: 'must not contain NUL or broken Unicode' });
  return parsed.data;
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
}

function invalidInput({ path, problem }: Problem): ActionError {
  if (path.length === 0) return new ActionError('INVALID_INPUT', problem);
  const field = path.join('.');
  return new ActionError('INVALID_INPUT', `${field}: ${problem}`, { field });
}

/** Where an input is wrong, and what is wrong there. */
function describe(issue: z.core.$ZodIssue | undefined): Problem {
  if (issue === undefined) return { path: [], problem: 'The input is not valid' };
  if (issue.code === 'unrecognized_keys') {
    return { path: [...issue.path, ...issue.keys.slice(0, 1)], problem: 'there is no such field' };
  }
  return { path: issue.path, problem: issue.message };
}

async function record(
  capture: Capture,
  services: Services,
  action: AnyAction,
  call: Call,
  note: Note,
): Promise<void> {
  const { sourceIP, XForwardedFor, userAgent } = call.origin;
  const actionDetails = { ...call.details, ...note.actionDetails };
  const complete: AuditRecord = {
    actionName: action.name,
    actionDescription: call.description,
    actionResult: note.result,
    actionParams: {
      dynamic: redact(action.input, call.params.dynamic),
      static: redact(action.input, call.params.static),
    },
    actor: note.knownActor ?? actorOf(call.caller),
    timestamp: formatTimestamp(services.epochNanoseconds()),
    pantherVersion: services.version,
    ...(Object.keys(actionDetails).length > 0 && { actionDetails }),
    ...(note.messages.length > 0 && { errors: note.messages.map((message) => ({ message })) }),
    ...(sourceIP !== undefined && { sourceIP }),
    ...(XForwardedFor !== undefined && { XForwardedFor: [...XForwardedFor] }),
    ...(userAgent !== undefined && { userAgent }),
  };
  const id = services.newId().replaceAll('-', '');
  await capture.record(entryJson(id, complete, services.sha256));
}

/** What is noted of one run of an action for its record. */
class Note implements Annotation {
  result: ActionResult = 'SUCCEEDED';
  messages: readonly string[] = [];
  actionDetails: Readonly<Record<string, unknown>> | undefined;
  knownActor: Actor | undefined;

  details(details: Readonly<Record<string, unknown>>): void {
    this.actionDetails = { ...this.actionDetails, ...details };
  }

  partiallyFailed(messages: readonly string[]): void {
    this.result = 'PARTIALLY_FAILED';
    this.messages = messages;
  }

  actor(actor: Actor): void {
    this.knownActor = actor;
  }

  failed(failure: ActionError): void {
    this.result = 'FAILED';
    // What the undone run noted did not come to be.
    this.actionDetails = undefined;
    this.messages = failure.parts ?? [failure.message];
  }

  copy(): Note {
    return Object.assign(new Note(), this);
  }

  reset(to: Note): void {
    Object.assign(this, to);
  }
}
