import { deleteUser, deleteUsers } from '../../../actions/user/delete-user.ts';
import { getUserByEmail, getUserById } from '../../../actions/user/get-user.ts';
import { inviteUser } from '../../../actions/user/invite-user.ts';
import { listUsers } from '../../../actions/user/list-users.ts';
import { resetUserPassword } from '../../../actions/user/reset-user-password.ts';
import { signOutUserEverywhere } from '../../../actions/user/sign-out-user-everywhere.ts';
import { updateUser } from '../../../actions/user/update-user.ts';
import type { User } from '../../../actions/user/user.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { bulkErrorRef, idInput, idPayload, input, payload } from './payload.ts';
import { roleRef, userRef } from './references.ts';
import { userRoleInput } from './roles.ts';

userRef.implement({
  description: 'A person who can sign in',
  fields: (t) => ({
    id: t.exposeID('id'),
    email: t.exposeString('email'),
    givenName: t.exposeString('givenName', { nullable: true }),
    familyName: t.exposeString('familyName', { nullable: true }),
    role: t.field({ type: roleRef, resolve: ({ role }) => role }),
    status: t.exposeString('status', {
      description: 'FORCE_CHANGE_PASSWORD until an invitation is accepted, then CONFIRMED',
    }),
    enabled: t.exposeBoolean('enabled'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastLoggedInAt: t.expose('lastLoggedInAt', { type: 'DateTime', nullable: true }),
  }),
});

queryField('users', {
  action: listUsers,
  type: [userRef],
  description: 'Lists all users',
  audience: 'public',
});

queryField('userById', {
  action: getUserById,
  type: userRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches the user with an id',
  audience: 'public',
});

queryField('userByEmail', {
  action: getUserByEmail,
  type: userRef,
  args: builder.args((t) => ({ email: t.string({ required: true }) })),
  description: 'Fetches the user with an e-mail address',
  audience: 'public',
});

mutationField('inviteUser', {
  action: inviteUser,
  type: builder.objectRef<Output<typeof inviteUser>>('InviteUserOutput').implement({
    fields: (t) => ({
      user: t.field({ type: userRef, resolve: ({ user }) => user as User }),
      invitationLink: t.exposeString('invitationLink', { description: 'Shown this once' }),
    }),
  }),
  args: input(
    builder.inputType('InviteUserInput', {
      fields: (t) => ({
        email: t.field({ type: 'Email', required: true }),
        givenName: t.string(),
        familyName: t.string(),
        role: t.field({ type: userRoleInput, required: true }),
      }),
    }),
  ),
  description: 'Invites a new user',
  audience: 'public',
});

mutationField('updateUser', {
  action: updateUser,
  type: payload('UpdateUserOutput', 'user', userRef),
  args: input(
    builder.inputType('UpdateUserInput', {
      fields: (t) => ({
        id: t.id({ required: true }),
        email: t.field({ type: 'Email' }),
        givenName: t.string(),
        familyName: t.string(),
        role: t.field({ type: userRoleInput }),
      }),
    }),
  ),
  description: 'Updates the information for a user',
  audience: 'public',
});

mutationField('deleteUser', {
  action: deleteUser,
  type: idPayload('DeleteUserOutput'),
  args: input(idInput('DeleteUserInput')),
  description: 'Deletes a user',
  audience: 'public',
});

mutationField('deleteUsers', {
  action: deleteUsers,
  type: builder.objectRef<Output<typeof deleteUsers>>('DeleteUsersOutput').implement({
    fields: (t) => ({
      ids: t.exposeIDList('ids', { description: 'Those who were deleted' }),
      errors: t.field({ type: [bulkErrorRef], resolve: ({ errors }) => errors }),
    }),
  }),
  args: input(
    builder.inputType('DeleteUsersInput', { fields: (t) => ({ ids: t.idList({ required: true }) }) }),
  ),
  description: 'Deletes several users',
  audience: 'internal',
});

mutationField('resetUserPassword', {
  action: resetUserPassword,
  type: builder.objectRef<Output<typeof resetUserPassword>>('ResetUserPasswordOutput').implement({
    fields: (t) => ({ resetLink: t.exposeString('resetLink', { description: 'Shown this once' }) }),
  }),
  args: input(idInput('ResetUserPasswordInput')),
  description: 'Makes a link by which a user sets a new password',
  audience: 'internal',
});

mutationField('signOutUserEverywhere', {
  action: signOutUserEverywhere,
  type: builder.objectRef<Output<typeof signOutUserEverywhere>>('SignOutUserEverywhereOutput').implement({
    fields: (t) => ({ id: t.exposeID('id'), sessionsEnded: t.exposeInt('sessionsEnded') }),
  }),
  args: input(idInput('SignOutUserEverywhereInput')),
  description: 'Ends all sessions of a user',
  audience: 'internal',
});
