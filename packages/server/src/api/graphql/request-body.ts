import { GraphQLError } from 'graphql';
import * as z from 'zod';

const requestBody = z.object({
  query: z.string('query: must be the text of a GraphQL document'),
  variables: z
    .custom<Readonly<Record<string, unknown>>>(isObject, 'variables: must be an object')
    .nullish()
    .transform((variables) => variables ?? {}),
  operationName: z.string('operationName: must be text').nullish(),
});

/** The members of a GraphQL request over HTTP that are looked at. */
export type RequestBody = z.output<typeof requestBody>;

/** @returns an error saying what is wrong with the body, where something is. */
export function readRequestBody(body: unknown): RequestBody | GraphQLError {
  if (Array.isArray(body)) return new GraphQLError('Send one operation in a request, not a list of them');
  if (!isObject(body)) return new GraphQLError('The body must be a JSON object with a query');
  const parsed = requestBody.safeParse(body);
  if (parsed.success) return parsed.data;
  return new GraphQLError(parsed.error.issues[0]?.message ?? 'The body is not a GraphQL request');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
