import * as z from 'zod';
import { ActionError } from './action-error.ts';

/** A page in the shape of Panther's API. */
export interface Page<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const pageSizeMax = 1_000;

/** The input fields of a paged list. */
export const pageInput = {
  pageSize: z.int().min(1).max(pageSizeMax).nullish(),
  cursor: z.string().max(256).nullish(),
};

/** A page of a list that is short enough to have in memory; the cursor is the position after the page. */
export function offsetPage<Node>(
  all: readonly Node[],
  size: number,
  cursor: string | null | undefined,
): Page<Node> {
  const start = readCursor(cursor) ?? 0;
  return asPage(all.slice(start, start + size), {
    hasNextPage: start + size < all.length,
    hasPreviousPage: start > 0,
    startCursor: String(start),
    endCursor: String(Math.min(start + size, all.length)),
  });
}

export function asPage<Node>(nodes: readonly Node[], pageInfo: Page<Node>['pageInfo']): Page<Node> {
  return { edges: nodes.map((node) => ({ node })), pageInfo };
}

/** @throws ActionError INVALID_INPUT for text that no page gave out. */
export function readCursor(cursor: string | null | undefined): number | undefined {
  if (cursor == null || cursor === '') return undefined;
  if (!/^\d{1,15}$/.test(cursor)) {
    throw new ActionError('INVALID_INPUT', 'input.cursor: not a cursor of this list', {
      field: 'input.cursor',
    });
  }
  return Number(cursor);
}
