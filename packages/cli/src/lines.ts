import { createReadStream } from 'node:fs';
import { CommandError } from './command-error.ts';

/** The longest line of an export: an entry of 64 KiB twice over, with its quotes doubled. */
const lineBytesMax = 2 ** 19;

/**
 * The lines of a file as bytes, without their line feeds. Only a line feed ends a line: JSON may hold the other
 * characters that readers of text take for one.
 * @throws {CommandError} `io`
 */
export async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        yield Buffer.concat([...rest, chunk.subarray(start, end)]);
        rest = [];
        restBytes = 0;
        start = end + 1;
      }
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
      if (restBytes > lineBytesMax)
        throw new CommandError('io', `${path}: a line is longer than ${lineBytesMax} bytes`);
    }
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const why = cause instanceof Error && 'code' in cause ? cause.code : String(cause);
    throw new CommandError('io', `${path}: ${why}`, { cause });
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}
