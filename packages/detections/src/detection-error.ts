/** What went wrong, for callers that act on it. */
export type DetectionErrorCode =
  /** Content that cannot be used; the message names the file and field. */
  | 'invalid_content'
  /** An event of the batch is not JSON; the message names its position. */
  | 'invalid_event'
  | 'unknown_detection'
  /** The process that runs rules could not be started or ended for a reason that no rule is to blame for. */
  | 'runtime_failed'
  | 'closed';

/** The one error this package throws. `message` is fit to be shown to whoever sent the request. */
export class DetectionError extends Error {
  readonly code: DetectionErrorCode;
  /** Where in a file the content is wrong, such as `tests[2].name`; empty for the file as a whole. */
  readonly field: string;

  constructor(code: DetectionErrorCode, message: string, options: ErrorOptions & { field?: string } = {}) {
    super(message, options);
    this.field = options.field ?? '';
    this.name = 'DetectionError';
    this.code = code;
  }
}
