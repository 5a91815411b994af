import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  Lexer,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
  validate,
} from 'graphql';
import type { Fragments } from './root-fields.ts';

/** What one document may ask of the server. Console and known clients stay far below. */
export const documentLimits = {
  /** UTF-8 bytes of the text. */
  bytes: 256 * 1024,
  tokens: 10_000,
  /** Brackets inside brackets, of selections and of values. */
  nesting: 64,
  /** Fields written in the text. Checked before validation, whose time grows with their square. */
  writtenFields: 500,
  /** Fields inside fields, with fragments spelled out. The standard introspection query needs 15. */
  depth: 15,
  /** All fields, with fragments spelled out. */
  fields: 1_000,
} as const;

/** A document that can be executed, or why not. */
export type ReadDocument =
  | { readonly kind: 'valid'; readonly document: DocumentNode; readonly fragments: Fragments }
  /** It parsed, so it is known what it asks for. */
  | {
      readonly kind: 'invalid';
      readonly document: DocumentNode;
      readonly fragments: Fragments;
      readonly errors: readonly GraphQLError[];
    }
  | { readonly kind: 'unreadable'; readonly error: GraphQLError };

/** Parses and validates documents for one schema. */
export type DocumentReader = (text: string) => ReadDocument;

/** Those that validated are kept by their text, in the order of their last use. */
const cacheMax = { documents: 1_000, textLength: 16_384 };

export function createDocumentReader(schema: GraphQLSchema): DocumentReader {
  const cache = new Map<string, ReadDocument>();
  return (text) => {
    const cached = cache.get(text);
    if (cached !== undefined) {
      cache.delete(text);
      cache.set(text, cached);
      return cached;
    }
    const read = readDocument(schema, text);
    if (read.kind === 'valid' && text.length <= cacheMax.textLength) {
      cache.set(text, read);
      const [oldest] = cache.keys();
      if (cache.size > cacheMax.documents && oldest !== undefined) cache.delete(oldest);
    }
    return read;
  };
}

function readDocument(schema: GraphQLSchema, text: string): ReadDocument {
  let document: DocumentNode;
  try {
    checkText(text);
    document = parse(text, { maxTokens: documentLimits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return { kind: 'unreadable', error };
    throw error;
  }
  const fragments = fragmentsOf(document);
  const errors = problemsOf(schema, document, fragments);
  return errors.length === 0
    ? { kind: 'valid', document, fragments }
    : { kind: 'invalid', document, fragments, errors };
}

/** The parser calls itself for each level, so the levels are counted before it runs. */
function checkText(text: string): void {
  if (Buffer.byteLength(text) > documentLimits.bytes) {
    throw new GraphQLError(`The document is longer than ${documentLimits.bytes} bytes`);
  }
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens++) {
    const { kind } = lexer.token;
    if (opening.has(kind)) nesting++;
    if (closing.has(kind)) nesting--;
    if (nesting > documentLimits.nesting) {
      throw new GraphQLError(`The document is nested deeper than ${documentLimits.nesting} levels`);
    }
    if (tokens === documentLimits.tokens) {
      throw new GraphQLError(`The document has more than ${documentLimits.tokens} tokens`);
    }
  }
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

function problemsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  fragments: Fragments,
): readonly GraphQLError[] {
  if (writtenFields(document) > documentLimits.writtenFields) {
    return [new GraphQLError(`The document has more than ${documentLimits.writtenFields} fields`)];
  }
  const errors = validate(schema, document, undefined, { maxErrors: 20 });
  // Fragments that refer to themselves would have no end; validation has refused them.
  return errors.length > 0 ? errors : sizeProblems(document, fragments);
}

function writtenFields(document: DocumentNode): number {
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      const own = selection.kind === Kind.FIELD ? 1 : 0;
      const inner = 'selectionSet' in selection && selection.selectionSet ? count(selection.selectionSet) : 0;
      return sum + own + inner;
    }, 0);
  return document.definitions.reduce(
    (sum, definition) => sum + ('selectionSet' in definition ? count(definition.selectionSet) : 0),
    0,
  );
}

interface Size {
  readonly fields: number;
  readonly depth: number;
}

function sizeProblems(document: DocumentNode, fragments: Fragments): readonly GraphQLError[] {
  const sizes = new Map<string, Size>();

  function sizeOf({ selections }: SelectionSetNode): Size {
    let fields = 0;
    let depth = 0;
    for (const selection of selections) {
      const size =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragmentSize(selection.name.value) : nodeSize(selection);
      fields += size.fields;
      depth = Math.max(depth, size.depth);
    }
    return { fields, depth };
  }

  function nodeSize(node: {
    readonly kind: Kind;
    readonly selectionSet?: SelectionSetNode | undefined;
  }): Size {
    const inner = node.selectionSet === undefined ? { fields: 0, depth: 0 } : sizeOf(node.selectionSet);
    return node.kind === Kind.FIELD ? { fields: inner.fields + 1, depth: inner.depth + 1 } : inner;
  }

  /** Each fragment is measured once, however often it is spread. */
  function fragmentSize(name: string): Size {
    const fragment = fragments.get(name);
    const size = sizes.get(name) ?? (fragment ? sizeOf(fragment.selectionSet) : { fields: 0, depth: 0 });
    sizes.set(name, size);
    return size;
  }

  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const { fields, depth } = sizeOf(definition.selectionSet);
    return [
      ...(depth > documentLimits.depth
        ? [
            new GraphQLError(`The operation is deeper than ${documentLimits.depth} fields`, {
              nodes: definition,
            }),
          ]
        : []),
      ...(fields > documentLimits.fields
        ? [
            new GraphQLError(`The operation asks for more than ${documentLimits.fields} fields`, {
              nodes: definition,
            }),
          ]
        : []),
    ];
  });
}

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter(
    (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}
