export { TimestampError, type TimestampErrorCode } from './timestamp-error.ts';
export { createTimestampRequest, type TimestampRequest } from './timestamp-request.ts';
export { parseCertificates, type Timestamp, verifyTimestamp } from './verify-timestamp.ts';
