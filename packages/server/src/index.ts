export type { Config } from './config/config.ts';
export { type Clock, type Instance, startInstance, systemClock } from './instance.ts';
