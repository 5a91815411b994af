export { type Answer, type Client, sessionClient, tokenClient } from './client.ts';
export {
  administrator,
  startTestInstance,
  type TestInstance,
  type TestInstanceOptions,
} from './test-instance.ts';
export {
  startTimestampAuthority,
  type TimestampAuthority,
  type TimestampAuthorityOptions,
  withoutOpenssl,
} from './timestamp-authority.ts';
