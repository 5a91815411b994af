import type { ActionName, Actor, Permission } from '@pawprint/record';
import type { z } from 'zod';
import type { Reader, Transactor } from '../store/store.ts';
import type { Message } from './action-error.ts';
import type { Caller, Origin } from './caller.ts';
import type { Services } from './services.ts';

/**
 * Who may do it: anyone at all, any known caller, one who holds the permission (or one of several), or the instance
 * alone.
 */
export type Requirement = 'anyone' | 'known_caller' | 'system' | Permission | readonly Permission[];

/** What an action may add to its record beyond what is known from the outside. */
export interface Annotation {
  /**
   * `actionDetails`: values before and after, the id of what was made. Never a secret; what identifies a person goes through
   * `ofPerson`.
   */
  details(details: Readonly<Record<string, unknown>>): void;
  /** Some parts failed while others were done: PARTIALLY_FAILED, with a message for each. */
  partiallyFailed(messages: readonly Message[]): void;
  /** Who it turned out to be, where the caller was not known before (signing in). */
  actor(actor: Actor): void;
  /** Whose the personal parameters are, such as `USER:<id>`; else they are the actor's. It must be somebody who exists. */
  about(subject: string): void;
}

interface Context {
  readonly caller: Caller;
  readonly origin: Origin;
  /** The time of the action, RFC 3339 UTC with milliseconds. */
  readonly now: string;
  readonly services: Services;
  readonly annotate: Annotation;
}

export interface ReadContext extends Context {
  readonly reader: Reader;
}

export interface ChangeContext extends Context {
  readonly transactor: Transactor;
  /** Runs once the transaction is durable; for starting what the change asked for. It must not fail. */
  afterCommit(effect: () => void): void;
}

interface ActionBase<Schema extends z.ZodType> {
  readonly name: ActionName;
  readonly requires: Requirement;
  /** The whole of the arguments; fields marked `secret` never reach the record. */
  readonly input: Schema;
}

/** An action that only looks. Its record is written before the answer is given. */
export interface Read<Schema extends z.ZodType, Output> extends ActionBase<Schema> {
  readonly kind: 'read';
  run(context: ReadContext, input: z.output<Schema>): Promise<Output>;
}

/** An action that changes state, in one transaction with its record. */
export interface Change<Schema extends z.ZodType, Output, Prepared = undefined> extends ActionBase<Schema> {
  readonly kind: 'change';
  /** Slow work (hashing a password) before the transaction starts; it holds up nobody. */
  prepare?(context: ReadContext, input: z.output<Schema>): Promise<Prepared>;
  /** Runs again after a conflict: it has no effect but through the transactor. */
  run(context: ChangeContext, input: z.output<Schema>, prepared: Prepared): Promise<Output>;
  /** Goes on while other changes are refused for want of room: it says that there is none. */
  readonly neededOnFullDisk?: boolean;
  /** Set for a documented exception (the specification's, or docs/decisions/0010): success leaves no record, for this reason. */
  readonly unrecordedWhenSucceeded?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the type of any action at all; variance leaves no narrower one.
export type AnyAction = Read<any, any> | Change<any, any, any>;

export function defineRead<Schema extends z.ZodType, Output>(
  action: Omit<Read<Schema, Output>, 'kind'>,
): Read<Schema, Output> {
  return { kind: 'read', ...action };
}

export function defineChange<Schema extends z.ZodType, Output, Prepared = undefined>(
  action: Omit<Change<Schema, Output, Prepared>, 'kind'>,
): Change<Schema, Output, Prepared> {
  return { kind: 'change', ...action };
}
