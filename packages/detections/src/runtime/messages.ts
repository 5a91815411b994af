import type { DataModel, DetectionBody, Mock } from '../content/detection.ts';
import type { Read } from './trace.ts';

/** A detection as a sandbox loads it. */
export interface LoadedDetection {
  readonly id: string;
  /** `policy` for policies, whose function has that name; `rule` otherwise. */
  readonly main: 'rule' | 'policy';
  /** A scheduled rule without the function says yes to every row. */
  readonly mainIsOptional: boolean;
  readonly body: DetectionBody;
  readonly inlineFilters?: unknown;
}

/** A library for rules in Python: a module's dotted name and source, or a file of a package. */
export interface LibraryFile {
  /** Such as `dateutil/parser/__init__.py`. */
  readonly path: string;
  readonly text: string;
}

/**
 * In `batch` auxiliary functions run for matches only; in `test` they run for every event. In `trace` hits tell what the detection says, yes
 * or no, and where in an event it looked to say so; nothing outside the event is asked.
 */
export type Mode = 'batch' | 'test' | 'trace';

/** What a sandbox process is asked. Texts of the events (a JSON array) follow as the body. */
export type Request =
  | {
      readonly kind: 'set-up';
      readonly dataModels: readonly DataModel[];
      /** Modules of this name are replaced. */
      readonly globals: readonly { readonly id: string; readonly source: string }[];
      readonly libraries: readonly LibraryFile[];
    }
  | { readonly kind: 'load'; readonly detections: readonly LoadedDetection[] }
  | { readonly kind: 'drop'; readonly ids: readonly string[] }
  | { readonly kind: 'describe'; readonly fileName: string; readonly source: string }
  | {
      readonly kind: 'evaluate';
      readonly ids: readonly string[];
      /** How many events there are. */
      readonly count: number;
      readonly logType: string | null;
      readonly mode: Mode;
      readonly mocks: readonly Mock[];
      /** In `trace`: the places of which the events tell what is there; all of them if undefined. */
      readonly known?: readonly Read[];
    }
  | { readonly kind: 'answer'; readonly value?: unknown; readonly error?: string };

/** What it says. Of `load` and `evaluate`, one `item` for each detection in the order asked, then `done`. */
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'item'; readonly failure?: string; readonly stopped?: 'time' }
  | { readonly kind: 'done'; readonly error?: string; readonly memoryBytes?: number }
  /** Something only the caller can do; an `answer` must follow. */
  | {
      readonly kind: 'call';
      readonly operation: string;
      readonly args: readonly unknown[];
      /** The position of the event in its batch; null outside of one. */
      readonly event: number | null;
    };

/** Exit codes with a meaning. */
export const exitCodes = { outOfMemory: 86, interpreterFailed: 70 } as const;

/** What one function gave: a value, nothing that JSON can say (`t` is its type), or an error. */
export interface RawValue {
  readonly v?: unknown;
  /** The name of the value's type in its language. */
  readonly t?: string;
  /** The error's text, with the place. */
  readonly e?: string;
}

/** What a detection says of an event, and would of every other that is the same where it looked. */
export interface TracedHit {
  readonly event: number;
  readonly reads: readonly Read[];
  /** Absent if it looked at what is not known before it said so. */
  readonly matched?: boolean;
  /** Of a match, unless one of them looked at what is not known. */
  readonly functions?: Readonly<Record<string, RawValue>>;
}

/** What a detection gave for one event that it matched or failed on; in test mode for every event. */
export interface RawHit {
  /** The position of the event in the batch. */
  readonly event: number;
  /** Whether it matched; absent if it failed or gave something else. */
  readonly matched?: boolean;
  readonly error?: string;
  /** The name of the type it gave instead of a truth value. */
  readonly returned?: string;
  readonly functions: Readonly<Record<string, RawValue>>;
}
