import { logTypeAccessKinds, permissions } from '@pawprint/record';
import { createRole } from '../../../actions/role/create-role.ts';
import { deleteRole } from '../../../actions/role/delete-role.ts';
import { getRoleById, getRoleByName } from '../../../actions/role/get-role.ts';
import { listRoles } from '../../../actions/role/list-roles.ts';
import { updateRole } from '../../../actions/role/update-role.ts';
import { builder, mutationField, queryField } from '../schema-builder.ts';
import { sortDirEnum } from './page.ts';
import { idInput, idPayload, input, optionalInput, payload } from './payload.ts';
import { queryLimitsInput, queryLimitsRef } from './query-limits.ts';
import { actorRef, roleRef } from './references.ts';

export const permissionEnum = builder.enumType('Permission', {
  values: permissions.map(({ name }) => name).toSorted(),
});
const logTypeAccessKindEnum = builder.enumType('LogTypeAccessKind', { values: logTypeAccessKinds });
const userRoleInputKind = builder.enumType('UserRoleInputKind', { values: ['ID', 'NAME'] });

roleRef.implement({
  description: 'What a group of users may do and see',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    permissions: t.expose('permissions', { type: [permissionEnum] }),
    logTypeAccess: t.exposeStringList('logTypeAccess'),
    logTypeAccessKind: t.expose('logTypeAccessKind', { type: logTypeAccessKindEnum }),
    queryLimits: t.field({ type: queryLimitsRef, resolve: ({ queryLimits }) => queryLimits }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ updatedBy }) => updatedBy }),
  }),
});

/** A role named by its id or its name. */
export const userRoleInput = builder.inputType('UserRoleInput', {
  fields: (t) => ({
    kind: t.field({ type: userRoleInputKind, required: true }),
    value: t.string({ required: true }),
  }),
});

queryField('roles', {
  action: listRoles,
  type: [roleRef],
  args: optionalInput(
    builder.inputType('RolesInput', {
      fields: (t) => ({
        nameContains: t.string(),
        sortDir: t.field({ type: sortDirEnum, defaultValue: 'ascending' }),
      }),
    }),
  ),
  description: 'Lists the roles',
  audience: 'public',
});

queryField('roleById', {
  action: getRoleById,
  type: roleRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches the role with an id',
  audience: 'public',
});

queryField('roleByName', {
  action: getRoleByName,
  type: roleRef,
  args: builder.args((t) => ({ name: t.string({ required: true }) })),
  description: 'Fetches the role with a name',
  audience: 'public',
});

mutationField('createRole', {
  action: createRole,
  type: payload('CreateRoleOutput', 'role', roleRef),
  args: input(
    builder.inputType('CreateRoleInput', {
      fields: (t) => ({
        name: t.string({ required: true }),
        permissions: t.field({ type: [permissionEnum], required: true }),
        logTypeAccess: t.stringList(),
        logTypeAccessKind: t.field({ type: logTypeAccessKindEnum, defaultValue: 'ALLOW_ALL' }),
        queryLimits: t.field({ type: queryLimitsInput }),
      }),
    }),
  ),
  description: 'Adds a role',
  audience: 'public',
});

mutationField('updateRole', {
  action: updateRole,
  type: payload('UpdateRoleOutput', 'role', roleRef),
  args: input(
    builder.inputType('UpdateRoleInput', {
      fields: (t) => ({
        id: t.id({ required: true }),
        name: t.string(),
        permissions: t.field({ type: [permissionEnum], description: 'Replaces all of the former ones' }),
        logTypeAccess: t.stringList(),
        logTypeAccessKind: t.field({ type: logTypeAccessKindEnum }),
        queryLimits: t.field({ type: queryLimitsInput }),
      }),
    }),
  ),
  description: 'Updates a role',
  audience: 'public',
});

mutationField('deleteRole', {
  action: deleteRole,
  type: idPayload('DeleteRoleOutput'),
  args: input(idInput('DeleteRoleInput')),
  description: 'Deletes a role',
  audience: 'public',
});
