import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { DetectionEngine } from '@pawprint/detections';
import { type Language, ruleOf } from './detections.ts';
import { testEngine } from './test-engine.ts';

/**
 * Attempts to reach what a rule must not reach. Each is the body of a rule that says true if it got there; it must instead be stopped,
 * with words that tell what it did, and no other rule may notice.
 */
interface Attempt {
  readonly what: string;
  readonly source: string;
  /** What is said of it. Without one it must simply say no: there is nothing to reach. */
  readonly told?: RegExp;
}

const secret = 'not-for-rules';
process.env.PAWPRINT_TEST_SECRET = secret;

const ts = (what: string, body: string, told?: RegExp): Attempt => ({
  what,
  source: `export default { rule(event: any) { ${body} } };`,
  ...(told !== undefined && { told }),
});
const tsTop = (what: string, source: string, told: RegExp): Attempt => ({ what, source, told });
const py = (what: string, body: string, told?: RegExp): Attempt => ({
  what,
  source: `def rule(event):\n${body
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n`,
  ...(told !== undefined && { told }),
});

const typescriptAttempts: readonly Attempt[] = [
  ts('process', 'return process.env !== undefined', /process is not defined/),
  ts('require', 'return require("node:fs") !== undefined', /require is not defined/),
  ts(
    'the globals of Node',
    'return ["process", "require", "Buffer", "global", "fetch", "setTimeout", "WebSocket"].some((name) => name in globalThis)',
  ),
  ts(
    'the parts of the language that lead outside',
    'return ["WebAssembly", "SharedArrayBuffer", "Atomics", "console"].some((name) => name in globalThis)',
  ),
  tsTop(
    'importing a module of Node',
    'import fs from "node:fs"; export default { rule: () => true };',
    /imports node:fs: rules can only import/,
  ),
  tsTop(
    'importing a file',
    'import x from "../../src/engine.ts"; export default { rule: () => true };',
    /rules can only import/,
  ),
  tsTop(
    'importing by URL',
    'import x from "data:text/javascript,export default 1"; export default { rule: () => true };',
    /rules can only import/,
  ),
  tsTop(
    'importing the machinery',
    'import { connectHost } from "@pawprint/detections"; export default { rule: () => true };',
    /connectHost/,
  ),
  ts('dynamic import', 'const p: any = import("node:fs"); return !(p instanceof Promise)', /Not supported/),
  ts(
    'the Function constructor',
    'return (() => {}).constructor("return this")() !== undefined',
    /Code generation from strings disallowed/,
  ),
  ts(
    'the constructor of async functions',
    'return (async () => {}).constructor("return this")() !== undefined',
    /Code generation from strings disallowed/,
  ),
  ts('eval', 'return eval("1") === 1', /Code generation from strings disallowed/),
  ts(
    "an error's stack frames",
    'Error.prepareStackTrace = (_, frames) => frames; return true',
    /prepareStackTrace|not extensible|read only/,
  ),
  ts(
    'the prototype of all objects',
    '(Object.prototype as any).isAdmin = true; return true',
    /not extensible/,
  ),
  ts('the methods of arrays', 'Array.prototype.map = (() => []) as any; return true', /read only/),
  ts('parsing for everyone', 'JSON.parse = () => ({}); return true', /read only/),
  ts('regular expressions for everyone', 'RegExp.prototype.test = () => true; return true', /read only/),
  ts('promises for everyone', '(Promise.prototype as any).then = () => true; return true', /read only/),
  ts(
    'iterators for everyone',
    'Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true }); return true',
    /read only/,
  ),
  ts('new globals', '(globalThis as any).shared = 1; return true', /not extensible/),
  ts('a prototype by its old name', '({} as any).__proto__.polluted = 1; return true', /not extensible/),
  ts(
    'defining on a prototype',
    'Object.defineProperty(Object.prototype, "x", { value: 1 }); return true',
    /not extensible/,
  ),
  ts('the event of others', 'event.actor.name = "someone else"; return true', /read only/),
  ts('a list of the event of others', 'event.list.push(1); return true', /not extensible/),
  ts(
    'what another rule matched',
    '"hello".match(/l+/); return (RegExp as any).lastMatch !== undefined || (RegExp as any).$1 !== undefined',
  ),
  ts('an operation that is none', 'return (globalThis as any).callHost !== undefined'),
  ts('endless recursion', 'const deeper = (): boolean => deeper() || true; return deeper()', /call stack/),
  ts(
    'a huge array',
    'return new Uint8Array(2 ** 32).length > 0',
    /allocation failed|Invalid typed array length/,
  ),
  ts('a huge text', 'return "x".repeat(2 ** 30).length > 0', /Invalid string length/),
  ts(
    'a promise instead of an answer',
    'return (async () => true)() as any',
    /returned \[Promise\], expected \[boolean\]/,
  ),
];

const pythonAttempts: readonly Attempt[] = [
  py('JavaScript', 'import js\nreturn True', /rules may not import js/),
  py('the interpreter', 'import pyodide_js\nreturn True', /rules may not import pyodide_js/),
  py(
    'running JavaScript',
    'from pyodide.code import run_js\nreturn run_js("1") == 1',
    /rules may not import pyodide/,
  ),
  py(
    'the core of the interpreter',
    'import _pyodide_core\nreturn True',
    /rules may not import _pyodide_core/,
  ),
  py('importing past the finder', 'import sys\nsys.meta_path.pop(0)\nimport js\nreturn True', /./),
  py(
    'importlib',
    'import importlib\nreturn importlib.import_module("js") is not None',
    /rules may not import js/,
  ),
  py('ctypes', 'import ctypes\nreturn True', /rules may not import ctypes/),
  py(
    'subprocess',
    'import subprocess\nreturn subprocess.run(["ls"]) is not None',
    /rules may not import subprocess/,
  ),
  py('os.system', 'import os\nreturn os.system("true") == 0', /rules may not use os.system/),
  py('os.fork', 'import os\nreturn os.fork() >= 0', /rules may not use os.fork|has no attribute|not support/),
  py('os.exec', 'import os\nreturn os.execv("/bin/ls", ["ls"]) is None', /rules may not use os.exec/),
  py('a file of the machine', 'return len(open("/etc/passwd").read()) > 0', /rules have no files/),
  py(
    'a file by its descriptor',
    'import os\nreturn len(os.read(os.open("/etc/hostname", os.O_RDONLY), 9)) > 0',
    /rules have no files/,
  ),
  py(
    'pathlib',
    'import pathlib\nreturn pathlib.Path("/proc/self/environ").read_text() != ""',
    /rules have no files/,
  ),
  py('writing a file', 'open("/lib/python3.14/json/__init__.py", "w")\nreturn True', /rules have no files/),
  py(
    'removing a file',
    'import os\nos.remove("/lib/python314.zip")\nreturn True',
    /rules may not use os.remove/,
  ),
  py(
    'the environment',
    'import os\nreturn "PAWPRINT_TEST_SECRET" in os.environ or "not-for-rules" in str(os.environ)',
  ),
  py(
    'a socket',
    'import socket\ns = socket.socket()\ns.connect(("127.0.0.1", PORT))\nreturn True',
    /rules may not use socket/,
  ),
  py(
    'a socket by its C module',
    'import _socket\ns = _socket.socket()\ns.connect(("127.0.0.1", PORT))\nreturn True',
    /rules may not use socket/,
  ),
  py(
    'urllib',
    'import urllib.request\nreturn urllib.request.urlopen("http://127.0.0.1:PORT").status == 200',
    /./,
  ),
  py(
    'requests',
    'import requests\nreturn requests.get("http://127.0.0.1:PORT").status_code == 200',
    /requests.get is not available: rules have no network/,
  ),
  py('boto3', 'import boto3\nreturn boto3.client("s3") is not None', /boto3.client is not available/),
  py(
    'a thread',
    'import threading\nthreading.Thread(target=lambda: None).start()\nreturn True',
    /can't start new thread/,
  ),
  py(
    'the built-ins of others',
    'import builtins\nbuiltins.len = lambda x: 0\nreturn True',
    /changes builtins.len, which other rules use/,
  ),
  py(
    'the modules of others',
    'import json\njson.loads = lambda x: {}\nreturn True',
    /changes json.loads, which other rules use/,
  ),
  py(
    'the events of others',
    'type(event).get = lambda self, key, default=None: True\nreturn True',
    /changes .*get, which other rules use/,
  ),
  py('the event of others', 'event["actor"]["name"] = "someone else"\nreturn True', /immutable/),
  py(
    'the cache of others',
    'from panther_detection_helpers import caching\ncaching._host = lambda *a: 1\nreturn True',
    /changes pawprint_caching._host/,
  ),
  py(
    'the machinery',
    'import sys\nsys.modules["pawprint_sandbox"]._describe = None\nreturn True',
    /changes pawprint_sandbox._describe/,
  ),
  py(
    'the calling frames',
    'import sys\nreturn sys._getframe(1).f_globals["_host"]("drop", ["sentinel"]) is not None',
    /./,
  ),
  py('leaving', 'import sys\nsys.exit(0)', /./),
  py('a loop of recursion', 'def deeper():\n    return deeper()\nreturn deeper()', /recursion/),
  py('a huge list', 'return len([0] * (2 ** 40)) > 0', /Memory|cannot fit|MemoryError/),
  py('a huge number', 'return len(str(10 ** 5000)) > 0', /Exceeds the limit/),
  py('a huge text', 'return len("x" * (2 ** 33)) > 0', /Memory|cannot fit|OverflowError/),
  py('catching everything', 'try:\n    import js\nexcept BaseException:\n    return False\nreturn True'),
];

/** Attempts that only an end from outside stops. */
const bombs: readonly (readonly [Language, string, string])[] = [
  ['typescript', 'a loop', 'export default { rule() { for (;;); } };'],
  [
    'typescript',
    'an infinite generator',
    'function* all() { for (;;) yield 1; } export default { rule() { for (const _ of all()); return true; } };',
  ],
  [
    'typescript',
    'a regular expression that backtracks',
    'export default { rule() { return /^(a+)+$/.test("a".repeat(50) + "b"); } };',
  ],
  [
    'typescript',
    'an endless chain of promises',
    'const again = (): any => Promise.resolve().then(again); export default { rule() { again(); return true; } };',
  ],
  [
    'typescript',
    'a comparison that never ends',
    'export default { rule() { [1, 2].sort(() => { for (;;); }); return true; } };',
  ],
  [
    'typescript',
    'a value that never becomes text',
    'export default { rule: () => true, alertContext: () => ({ toJSON() { for (;;); } }) };',
  ],
  [
    'typescript',
    'memory',
    'export default { rule() { const all = []; for (;;) all.push(new Array(1_000_000).fill(0)); } };',
  ],
  [
    'python',
    'a loop that catches everything',
    'def rule(event):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n',
  ],
  [
    'python',
    'an infinite generator',
    'import itertools\ndef rule(event):\n    return sum(itertools.count()) > 0\n',
  ],
  [
    'python',
    'a regular expression that backtracks',
    'import re\ndef rule(event):\n    return bool(re.match(r"^(a+)+$", "a" * 50 + "b"))\n',
  ],
  ['python', 'a huge power', 'def rule(event):\n    return 9 ** 9 ** 9 > 0\n'],
  [
    'python',
    'the stack of the interpreter',
    'import sys\ndef rule(event):\n    sys.setrecursionlimit(10 ** 9)\n    def deeper(): return deeper()\n    return deeper()\n',
  ],
  ['python', 'ending the process', 'import os\ndef rule(event):\n    os._exit(0)\n'],
];

const event = { actor: { name: 'ada' }, list: [1] };
const batch = { source: 'Test', events: [JSON.stringify(event)] };
/** Says yes as long as everything around it is as it should be. */
const sentinels = [
  ruleOf(
    'typescript',
    'sentinel-typescript',
    `export default { rule(event: any) {
      return event.actor.name === 'ada' && event.list.length === 1 && !('isAdmin' in event) &&
        JSON.parse('{"a":1}').a === 1 && [1].map((each) => each + 1)[0] === 2 && /x/.test('x') && !/x/.test('y');
    } };`,
  ),
  ruleOf(
    'python',
    'sentinel-python',
    'import json\ndef rule(event):\n    return event.get("actor").get("name") == "ada" and len([1]) == 1 and json.loads("[2]") == [2]\n',
  ),
];

describe('escape attempts', () => {
  let engine: DetectionEngine;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    engine = testEngine({ batchMs: 10_000 });
    assert.deepEqual(await engine.put(sentinels), new Map());
  });
  after(async () => {
    await engine.close();
    server.close();
  });

  for (const [language, attempts] of [
    ['typescript', typescriptAttempts],
    ['python', pythonAttempts],
  ] as const) {
    for (const { what, source, told } of attempts) {
      test(`${language}: ${what}`, async () => {
        const address = server.address();
        assert(address !== null && typeof address === 'object');
        const attempt = ruleOf(language, 'attempt', source.replaceAll('PORT', String(address.port)));
        const problem = (await engine.put([attempt])).get('attempt');
        const outcomes = await engine.evaluate(batch);
        const [outcome] = outcomes.filter(({ detectionId }) => detectionId === 'attempt');
        await engine.remove(['attempt']);
        assert.notEqual(outcome?.kind, 'match', 'it got there');
        const said = problem ?? (outcome?.kind === 'error' ? outcome.message : undefined);
        if (told === undefined) assert.equal(said, undefined);
        else assert.match(said ?? 'nothing', told);
        const still = (await engine.evaluate(batch)).map(({ detectionId, kind }) => `${detectionId} ${kind}`);
        assert.deepEqual(still.toSorted(), ['sentinel-python match', 'sentinel-typescript match']);
      });
    }
  }

  test('no attempt reached the network', () => {
    assert.equal(connections, 0);
  });
});

test('what never ends is ended from outside, named, and every other rule answers', async () => {
  const engine = testEngine({ batchMs: 800 });
  try {
    await engine.put(sentinels);
    await engine.put(
      bombs.map(([language, what, source]) =>
        ruleOf(language, what, source, { sources: [`${language} ${what}`] }),
      ),
    );
    const detonate = async (language: Language) => {
      for (const [, what] of bombs.filter(([its]) => its === language)) {
        const outcomes = await engine.evaluateOne(what, { ...batch, source: `${language} ${what}` });
        const messages = outcomes.map((outcome) =>
          outcome.kind === 'error' ? outcome.message : outcome.kind,
        );
        assert.equal(messages.length, 1, what);
        assert.match(messages[0] ?? '', /did not end within|out of memory|ended its process/, what);
      }
    };
    await Promise.all([detonate('typescript'), detonate('python')]);
    const still = (await engine.evaluate(batch)).map(({ detectionId, kind }) => `${detectionId} ${kind}`);
    assert.deepEqual(still.toSorted(), ['sentinel-python match', 'sentinel-typescript match']);
  } finally {
    await engine.close();
  }
});
