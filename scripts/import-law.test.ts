import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '..');

/** Which of our packages each one may import. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  record: [],
  verifier: ['record'],
  ledger: ['record', 'verifier'],
  lake: ['record'],
  detections: ['record'],
  timestamp: [],
  server: ['record', 'verifier', 'ledger', 'lake', 'detections', 'timestamp'],
  cli: ['record', 'verifier', 'detections', 'timestamp'],
  console: ['record', 'verifier'],
  testing: ['record', 'verifier', 'server'],
};

const importPattern = /^(?:import|export)\b[^'";]*\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

interface Source {
  readonly path: string;
  readonly packageName: string;
  readonly text: string;
  readonly imports: readonly string[];
  readonly isTest: boolean;
}

const sources: readonly Source[] = globSync('packages/*/{src,tests}/**/*.{ts,tsx}', { cwd: root }).map(
  (found) => {
    const path = found.split(sep).join('/');
    const text = readFileSync(resolve(root, found), 'utf8');
    return {
      path,
      packageName: path.split('/')[1] ?? '',
      text,
      imports: [...text.matchAll(importPattern)].map(
        ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '',
      ),
      isTest: /\.(test|conformance)\.tsx?$/.test(path) || path.includes('/tests/'),
    };
  },
);

/** Fails with one line for each place, and why it matters. */
function forbid(why: string, offends: (source: Source) => readonly string[]): void {
  const offences = sources.flatMap((source) => offends(source).map((what) => `${source.path}: ${what}`));
  assert.deepEqual(offences, [], why);
}

test('every package has a place in the order', () => {
  assert.deepEqual(new Set(sources.map(({ packageName }) => packageName)), new Set(Object.keys(arrows)));
});

test('packages import each other only along the arrows', () => {
  forbid(
    'Siblings never import each other: declare the small interface you need, and let the server wire it.',
    ({ imports, packageName, isTest }) =>
      imports.filter((name) => {
        const [, target] = /^@pawprint\/([^/]+)/.exec(name) ?? [];
        if (target === undefined || target === packageName) return false;
        return !(arrows[packageName]?.includes(target) || (isTest && target === 'testing'));
      }),
  );
});

test('packages are entered by their door', () => {
  forbid(
    'A path into another package ties you to its inside: import its name.',
    ({ path, imports, packageName }) =>
      imports.filter((name) => {
        if (!name.startsWith('.')) return /^@pawprint\/[^/]+\/./.test(name);
        const target = relative(root, resolve(root, dirname(path), name))
          .split(sep)
          .join('/');
        return !target.startsWith(`packages/${packageName}/`);
      }),
  );
});

test('what is imported is declared', () => {
  const declared = new Map(
    Object.keys(arrows).map((name) => {
      const { dependencies = {} } = JSON.parse(
        readFileSync(resolve(root, 'packages', name, 'package.json'), 'utf8'),
      );
      return [name, Object.keys(dependencies)];
    }),
  );
  forbid('An undeclared dependency works by accident.', ({ imports, packageName, isTest }) =>
    imports.filter((name) => {
      if (isTest || name.startsWith('.') || name.startsWith('node:')) return false;
      const [scope = '', rest] = name.split('/');
      const dependency = name.startsWith('@') ? `${scope}/${rest}` : scope;
      return declared.get(packageName)?.includes(dependency) !== true;
    }),
  );
});

test('what must run in a browser asks nothing of Node', () => {
  forbid('The record and the verifier also run in a page.', ({ imports, packageName, isTest }) =>
    isTest || !['record', 'verifier', 'console'].includes(packageName)
      ? []
      : imports.filter((name) => name.startsWith('node:')),
  );
});

test('only the configuration reads the environment', () => {
  forbid('Settings come from one place, checked: take a Config.', ({ path, text, isTest }) =>
    isTest || path.startsWith('packages/server/src/config/') || !text.includes('process.env')
      ? []
      : ['process.env'],
  );
});

test('the transactor comes from the action runner alone', () => {
  const mayTransact = /^packages\/server\/src\/(store\/|actions\/run-action\.ts|instance\.ts)/;
  forbid('A change outside an action would leave no record: write an action.', ({ path, text, isTest }) =>
    isTest || mayTransact.test(path) || !/\btransact\b/.test(text) ? [] : ['transact'],
  );
});

test('no folder or file is a drawer for odds and ends', () => {
  forbid('Name it for what it holds.', ({ path }) =>
    /(^|\/)(utils?|helpers?|common|misc|shared|managers?)(\/|\.)/.test(path) ? ['the name'] : [],
  );
});
