export type { Config } from './config/config.ts';
export { type Instance, startInstance } from './instance.ts';
