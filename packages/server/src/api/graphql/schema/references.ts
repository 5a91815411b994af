import type { ActorObject } from '../../../actions/actor-object.ts';
import type { ApiToken } from '../../../actions/api-token/api-token.ts';
import type { Role } from '../../../actions/role/role.ts';
import type { User } from '../../../actions/user/user.ts';
import { builder } from '../schema-builder.ts';

// Types that refer to each other, named here so that each can be defined in a file of its own.
export const userRef = builder.objectRef<User>('User');
export const roleRef = builder.objectRef<Role>('Role');
export const apiTokenRef = builder.objectRef<ApiToken>('APIToken');

/** Who made or changed something. Actions say which it is in `__typename`. */
export const actorRef = builder.unionType('Actor', {
  types: [apiTokenRef, userRef],
  resolveType: (actor) => (actor as ActorObject).__typename,
});
