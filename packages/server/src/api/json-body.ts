import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestRefusal } from './request-refusal.ts';

/** Arrays and objects inside each other in one body. */
const nestingMax = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Takes JSON bodies and no others. Their bytes stay in `request.rawBody`: a refused one is recorded by its hash. */
export function addJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readBody);
}

async function readBody(request: FastifyRequest, bytes: Buffer): Promise<unknown> {
  request.rawBody = bytes;
  if (request.headers['content-encoding'] !== undefined) {
    throw new RequestRefusal('INVALID_INPUT', 'Send the body uncompressed', { status: 415 });
  }
  const value = parse(bytes);
  const problem = problemOf(value, nestingMax);
  if (problem !== undefined) throw new RequestRefusal('INVALID_INPUT', problem);
  return value;
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new RequestRefusal('INVALID_INPUT', 'The body is empty; send JSON');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new RequestRefusal('INVALID_INPUT', 'The body is not valid UTF-8', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the body.
    throw new RequestRefusal('INVALID_INPUT', 'The body is not valid JSON', { cause });
  }
}

/** What would surprise whoever walks through the value: great depth, or a key that objects take for their prototype. */
function problemOf(value: unknown, levels: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (levels === 0) return `The body is nested deeper than ${nestingMax} levels`;
  if (Object.hasOwn(value, '__proto__')) return 'The body has the key __proto__, which is not allowed';
  for (const member of Object.values(value)) {
    const problem = problemOf(member, levels - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
