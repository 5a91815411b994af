export { type Clock, systemClock } from './clock.ts';
export { type Config, readConfig } from './config/config.ts';
export { type Instance, startInstance } from './instance.ts';
export { type AskDiskSpace, askDiskSpace } from './storage/disk-space.ts';
