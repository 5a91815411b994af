import { type ChildProcess, fork } from 'node:child_process';
import autocannon from 'autocannon';
import { median, report, shown } from './report.ts';

/**
 * Actions per second over HTTP at 1, 8 and 64 clients, with the record and without it, each variant in a server process
 * of its own, alternating. `node bench/actions.ts [rounds] [seconds] [database URL for each variant …]`
 */
const [rounds = '5', seconds = '3', ...databaseUrls] = process.argv.slice(2);

interface Variant {
  readonly process: ChildProcess;
  readonly address: string;
  readonly token: string;
  readonly roleIds: readonly string[];
}

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

function startVariant(execArgv: readonly string[], databaseUrl: string | undefined): Promise<Variant> {
  const program = new URL('./instance-process.ts', import.meta.url);
  const child = fork(program, databaseUrl === undefined ? [] : [databaseUrl], { execArgv: [...execArgv] });
  return new Promise((resolve, reject) => {
    child.once('message', (told) => resolve({ process: child, ...(told as Omit<Variant, 'process'>) }));
    child.once('exit', (code) => reject(new Error(`the instance ended with ${code}`)));
  });
}

/** The operation: one change of a role, with its checks and its values before and after. */
async function load({ address, token, roleIds }: Variant, connections: number): Promise<Round> {
  let sent = 0;
  const result = await autocannon({
    url: `${address}/public/graphql`,
    connections,
    duration: Number(seconds),
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': token },
        setupRequest: (request) => {
          sent += 1;
          const input = {
            id: roleIds[sent % roleIds.length],
            permissions: sent % 2 === 0 ? ['UserRead'] : ['RuleRead'],
          };
          const query = 'mutation U($input: UpdateRoleInput!) { updateRole(input: $input) { role { id } } }';
          return { ...request, body: JSON.stringify({ query, variables: { input } }) };
        },
      },
    ],
  });
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failures: result.non2xx + result.errors,
  };
}

const variants = {
  recorded: await startVariant([], databaseUrls[0]),
  unrecorded: await startVariant(
    ['--import', new URL('./without-record.ts', import.meta.url).href],
    databaseUrls[1],
  ),
};
const results: Record<string, unknown> = {};
console.log('clients  recorded/s  unrecorded/s  ratio  p50 ms (recorded, not)  p99 ms (recorded, not)');
for (const connections of [1, 8, 64]) {
  const measured = { recorded: [] as Round[], unrecorded: [] as Round[] };
  for (let round = -1; round < Number(rounds); round += 1) {
    for (const name of ['recorded', 'unrecorded'] as const) {
      const one = await load(variants[name], connections);
      if (one.failures > 0) throw new Error(`${name}: ${one.failures} requests failed`);
      // The first round warms both up.
      if (round >= 0) measured[name].push(one);
    }
  }
  const of = (name: keyof typeof measured, field: keyof Round) =>
    median(measured[name].map((one) => one[field]));
  const ratio = of('recorded', 'perSecond') / of('unrecorded', 'perSecond');
  const fields = ['perSecond', 'p50', 'p99'] as const;
  results[connections] = {
    recorded: Object.fromEntries(fields.map((field) => [field, of('recorded', field)])),
    unrecorded: Object.fromEntries(fields.map((field) => [field, of('unrecorded', field)])),
    ratio,
  };
  const pair = (field: keyof Round) => `${of('recorded', field)}, ${of('unrecorded', field)}`;
  console.log(
    `${connections}  ${shown(of('recorded', 'perSecond'))}  ${shown(of('unrecorded', 'perSecond'))}  ${ratio.toFixed(2)}  ${pair('p50')}  ${pair('p99')}`,
  );
}
report('actions', results);
for (const { process: child } of Object.values(variants)) child.disconnect();
