/** `usage`: asked for in a way that can't be understood; `io`: something could not be read, written or reached. */
export type CommandErrorCode = 'usage' | 'io';

/** Why a command could not do its work. What it found to be wrong is a VerificationError instead. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Runs a file operation; a failure says which file, and why. */
export async function withFile<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? cause.code : String(cause);
    throw new CommandError('io', `${path}: ${why}`, { cause });
  }
}
