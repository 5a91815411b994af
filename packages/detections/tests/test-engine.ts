import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createEngine, type DetectionEngine, type EngineOptions } from '@pawprint/detections';

/** Tests share what Python starts from: making it takes seconds. Its name tells what it was made of. */
export const snapshotDirectory = join(tmpdir(), `pawprint-test-snapshots-${userInfo().uid}`);

export function testEngine(options: Partial<EngineOptions> = {}): DetectionEngine {
  return createEngine({ snapshotDirectory, ...options });
}
