import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { auditLog } from './lake/audit-log.ts';
import { type BuiltLog, buildLog, builtBefore, type OtherForm } from './lake/build.ts';
import {
  type Contender,
  type MakeContender,
  plainDuckDb,
  postgresql,
  sqlite,
  textTools,
  theLake,
} from './lake/contenders.ts';
import { loadRate } from './lake/load.ts';
import { questions } from './lake/questions.ts';
import { median, report, shown } from './report.ts';

/**
 * Seven questions about five years of audit records, to the lake and to what else one could ask: DuckDB over the same rows in the order of
 * time, PostgreSQL and SQLite with an index for each kind of question, and compressed text searched whole. All answers
 * must have as many rows. `node bench/lake.ts [records] [folder] [contender…]`; a folder that is named is kept with what was built,
 * for the next time, and otherwise all is removed. What is built is what the contenders need; an interrupted building goes on where it was.
 */
const [records = '1000000', folder, ...names] = process.argv.slice(2);
const warmRounds = 5;
const directory = resolve(folder ?? 'bench-lake');
await mkdir(directory, { recursive: true });

const log = auditLog(Number(records), 1);
let startedAt = performance.now();
const contenders: readonly { readonly make: MakeContender; readonly needs?: OtherForm }[] = [
  { make: theLake },
  { make: plainDuckDb, needs: 'plain' },
  { make: textTools, needs: 'texts' },
  { make: sqlite, needs: 'plain' },
  { make: postgresql, needs: 'plain' },
];
const chosen = contenders.filter(({ make }) => names.length === 0 || names.includes(make.name));
const forms = chosen.flatMap(({ needs }) => needs ?? []);
const built = (await builtBefore(log, directory, forms)) ?? (await build());
if (names.length === 0) {
  const loadedEntries = 50_000;
  report('lake load', { entries: loadedEntries, ...(await loadRate(log, loadedEntries, directory)) });
}

const answers = new Map<string, number>();
try {
  for (const { make } of chosen) {
    try {
      await using contender = await make(built, directory);
      await measure(contender);
    } catch (error) {
      console.log(
        `${make.name} is left out: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
      );
    }
  }
} finally {
  if (folder === undefined) await rm(directory, { recursive: true });
}

async function build(): Promise<BuiltLog> {
  const made = await buildLog(log, directory, forms);
  const perSecond = log.size / ((performance.now() - startedAt) / 1_000);
  const memoryMb = Math.round(process.resourceUsage().maxRSS / 1_000);
  report('lake build', { records: log.size, perSecond: Math.round(perSecond), memoryMb });
  return made;
}

async function measure(contender: Contender): Promise<void> {
  const times: Record<string, unknown> = {};
  for (const question of questions(log)) {
    await contender.cool();
    const cold = await timed(() => contender.ask(question));
    if (cold.result === undefined) continue;
    checkAnswer(contender, question.name, cold.result);
    const warm: number[] = [];
    for (let round = 0; round < warmRounds; round += 1)
      warm.push((await timed(() => contender.ask(question))).ms);
    times[question.name] = { rows: cold.result, warmMs: median(warm), coldMs: cold.ms };
    console.log(
      `${contender.name}: ${question.name}: ${shown(median(warm))} ms (cold ${shown(cold.ms)}), ${cold.result} rows`,
    );
  }
  report('lake', {
    records: log.size,
    contender: contender.name,
    bytesPerRecord: Math.round(contender.bytes / log.size),
    times,
  });
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}

function checkAnswer({ name }: Contender, question: string, rows: number): void {
  // Lines that hold a text are counted whole, however many of them the question asks for.
  if (name.startsWith('zstd')) return;
  const expected = answers.get(question) ?? rows;
  answers.set(question, expected);
  if (expected !== rows) console.log(`${name} answers '${question}' with ${rows} rows, not ${expected}`);
}
