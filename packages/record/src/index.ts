export { type ActionEntry, type ActionName, actions, isActionName } from './actions.ts';
export {
  type ActionResult,
  type Actor,
  type ActorType,
  type AuditRecord,
  actionResultSchema,
  actorSchema,
  actorTypeSchema,
  auditRecordSchema,
  type PublishedRecord,
  publishedRecordSchema,
} from './audit-record.ts';
export { canonicalBytes, canonicalJson } from './canonical-json.ts';
export {
  decodeEntry,
  decodeOpenedEntry,
  type Entry,
  encodeEntry,
  type OpenedEntry,
  type SealedPart,
} from './entry.ts';
export { parsePointer, valueAt } from './json-pointer.ts';
export {
  isPermission,
  type LogTypeAccessKind,
  logTypeAccessKinds,
  type Permission,
  permissions,
} from './permissions.ts';
export { ofPerson, Personal, type PersonalPlace, takePersonal } from './personal.ts';
export { RecordError, type RecordErrorCode } from './record-error.ts';
export { personal, recordable, redact, secret } from './redaction.ts';
export { type HeldRecords, keptFrom, type RemovalDetails } from './removal.ts';
export {
  actorPaths,
  boxNonce,
  closeEntry,
  type Encrypt,
  entryKeyInfo,
  entryKeys,
  erasedText,
  openEntry,
  type SealingCrypto,
  type SubjectKey,
  sealedEntryJson,
} from './sealing.ts';
export { capRecord, entryBytesMax, type Sha256, type ValueDigest, valueBytesMax } from './size-caps.ts';
export { formatTimestamp, isTimestamp, parseTimestamp } from './timestamp.ts';
