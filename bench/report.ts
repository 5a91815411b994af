import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** The middle of the values, or the lower of the two middle ones. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that at least the share `q` of the values don't exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN;
}

/** Prints a run as one JSON line, with the commit and machine it was measured on. */
export function report(name: string, results: Readonly<Record<string, unknown>>): void {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  console.log(
    JSON.stringify({
      name,
      at: new Date().toISOString(),
      commit: stdout.trim(),
      node: process.version,
      machine,
      results,
    }),
  );
}

/** A number as people read it in a table. */
export function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
