import { randomUUID } from 'node:crypto';
import { type AuditRecord, encodeEntry } from '@pawprint/record';

/** Entries as an instance writes them, each unlike any other and about 1 KB long. */
export function auditEntries(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const role = { id: randomUUID(), name: `Responders ${index}`, permissions: ['AlertRead', 'AlertModify'] };
    const record: AuditRecord = {
      actionName: 'UPDATE_USER_ROLE',
      actionDescription: 'Changes the name or the permissions of a role',
      actionResult: 'SUCCEEDED',
      actionParams: { dynamic: { input: role }, static: {} },
      actionDetails: { before: { ...role, permissions: ['AlertRead'] }, after: role },
      actor: {
        id: randomUUID(),
        type: 'USER',
        name: 'Ada Lovelace',
        attributes: {
          email: 'ada@example.com',
          emailVerified: true,
          roleId: randomUUID(),
          roleName: 'Admin',
        },
      },
      sourceIP: `192.0.2.${index % 256}`,
      XForwardedFor: ['198.51.100.7', '203.0.113.9'],
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      timestamp: '2026-01-02 03:04:05.123456789',
      pantherVersion: '1.0.0',
    };
    return encodeEntry({ v: 1, id: randomUUID().replaceAll('-', ''), record });
  });
}
