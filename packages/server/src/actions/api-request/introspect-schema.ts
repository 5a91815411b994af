import * as z from 'zod';
import { defineRead } from '../action.ts';

/** The record of a GraphQL request that asks for the schema; the answer comes from GraphQL itself. */
export const introspectSchema = defineRead({
  name: 'INTROSPECT_API_SCHEMA',
  requires: 'known_caller',
  /** The arguments of each introspection field, by its response name. */
  input: z.record(z.string(), z.record(z.string(), z.unknown())),
  run: async () => undefined,
});
