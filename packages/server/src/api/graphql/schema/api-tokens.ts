import { createApiToken } from '../../../actions/api-token/create-api-token.ts';
import { deleteApiToken } from '../../../actions/api-token/delete-api-token.ts';
import { getApiToken } from '../../../actions/api-token/get-api-token.ts';
import { listApiTokens } from '../../../actions/api-token/list-api-tokens.ts';
import { rotateApiToken } from '../../../actions/api-token/rotate-api-token.ts';
import { updateApiToken } from '../../../actions/api-token/update-api-token.ts';
import { builder, mutationField, queryField } from '../schema-builder.ts';
import { idInput, idPayload, input, optionalInput, payload } from './payload.ts';
import { queryLimitsInput, queryLimitsRef } from './query-limits.ts';
import { actorRef, apiTokenRef } from './references.ts';
import { permissionEnum } from './roles.ts';

apiTokenRef.implement({
  description: 'A program that may call the API',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    permissions: t.expose('permissions', { type: [permissionEnum] }),
    allowedCIDRBlocks: t.exposeStringList('allowedCIDRBlocks', {
      description: 'Empty: usable from anywhere',
    }),
    queryLimits: t.field({ type: queryLimitsRef, resolve: ({ queryLimits }) => queryLimits }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ updatedBy }) => updatedBy }),
    rotatedAt: t.expose('rotatedAt', { type: 'DateTime', nullable: true }),
    rotatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ rotatedBy }) => rotatedBy }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'Null: never' }),
    value: t.exposeString('value', {
      nullable: true,
      description: 'The secret; only in the answers that create or rotate the token',
    }),
  }),
});

queryField('apiTokens', {
  action: listApiTokens,
  type: [apiTokenRef],
  description: 'Lists the API tokens',
  audience: 'internal',
});

queryField('apiToken', {
  action: getApiToken,
  type: apiTokenRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches the API token with an id',
  audience: 'internal',
});

mutationField('createAPIToken', {
  action: createApiToken,
  type: payload('CreateAPITokenOutput', 'token', apiTokenRef),
  args: input(
    builder.inputType('CreateAPITokenInput', {
      fields: (t) => ({
        name: t.string({ required: true }),
        permissions: t.field({ type: [permissionEnum], required: true }),
        allowedCIDRBlocks: t.stringList(),
        queryLimits: t.field({ type: queryLimitsInput }),
        expiresAt: t.field({ type: 'DateTime' }),
      }),
    }),
  ),
  description: 'Creates an API token',
  audience: 'internal',
});

mutationField('updateAPIToken', {
  action: updateApiToken,
  type: payload('UpdateAPITokenOutput', 'token', apiTokenRef),
  args: input(
    builder.inputType('UpdateAPITokenInput', {
      fields: (t) => ({
        id: t.id({ required: true }),
        name: t.string(),
        permissions: t.field({ type: [permissionEnum] }),
        allowedCIDRBlocks: t.stringList(),
        queryLimits: t.field({ type: queryLimitsInput }),
        expiresAt: t.field({ type: 'DateTime' }),
      }),
    }),
  ),
  description: 'Updates an API token',
  audience: 'internal',
});

mutationField('rotateAPIToken', {
  action: rotateApiToken,
  type: payload('RotateAPITokenOutput', 'token', apiTokenRef),
  args: optionalInput(
    builder.inputType('RotateAPITokenInput', {
      fields: (t) => ({ id: t.id({ description: 'The calling token itself, where it is left out' }) }),
    }),
  ),
  description: 'Gives an API token a new value',
  audience: 'public',
});

mutationField('deleteAPIToken', {
  action: deleteApiToken,
  type: idPayload('DeleteAPITokenOutput'),
  args: input(idInput('DeleteAPITokenInput')),
  description: 'Revokes an API token',
  audience: 'internal',
});
