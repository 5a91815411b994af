import { permissions } from '@pawprint/record';
import type { Permission } from './operations.ts';

const labels = new Map<Permission, string>(permissions.map(({ name, label }) => [name, label]));

/** The permission as the role form calls it. */
export function permissionLabel(permission: Permission): string {
  return labels.get(permission) ?? permission;
}

/** The reason shown where a permission is missing. */
export function missingPermission(permission: Permission): string {
  return `Needs the permission “${permissionLabel(permission)}”.`;
}
