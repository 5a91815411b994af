import type { LakeErrorCode } from '../lake-error.ts';

/** To the child. One request runs at a time. */
export type ToChild<Request> =
  | { readonly kind: 'run'; readonly request: Request }
  | { readonly kind: 'interrupt' };

/**
 * From the child. `failed` with a code is meant for whoever asked; without one it is a defect. After a `fatal` failure
 * the child is to be killed.
 */
export type FromChild<Result, Progress> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: Result }
  | {
      readonly kind: 'failed';
      readonly code: LakeErrorCode | undefined;
      readonly message: string;
      readonly fatal?: true;
    };
