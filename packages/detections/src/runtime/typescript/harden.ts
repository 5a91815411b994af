/**
 * Takes away what a rule has no use for and freezes the rest of the language, so that no rule can change what another
 * one is built of. Runs inside the sandbox, before any rule is there.
 */
export function harden(): void {
  for (const name of [
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'console',
    'WeakRef',
    'FinalizationRegistry',
  ]) {
    Reflect.deleteProperty(globalThis, name);
  }
  // These tell what the last regular expression of whatever rule matched.
  for (const name of Object.getOwnPropertyNames(RegExp)) {
    if (/^(\$|input$|lastMatch$|lastParen$|leftContext$|rightContext$)/.test(name)) {
      Reflect.deleteProperty(RegExp, name);
    }
  }
  forbidCodeFromText();
  for (const [prototype, names] of overridable) {
    for (const name of names) allowOverride(prototype, name);
  }
  const seen = new Set<unknown>();
  for (const root of [globalThis, ...hiddenIntrinsics()]) freezeAll(root, seen);
}

/** Assigning these to an object of one's own would fail on a frozen prototype, and people do it. */
const overridable: readonly (readonly [object, readonly string[]])[] = [
  [Object.prototype, ['toString', 'valueOf', 'toLocaleString', 'constructor']],
  ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map(
    ({ prototype }) => [prototype, ['name', 'message', 'toString', 'constructor']] as const,
  ),
];

/** `eval` and the constructors of functions stay as names, so that `instanceof` works, and do nothing. */
function forbidCodeFromText(): void {
  const kinds = [() => {}, function* () {}, async () => {}, async function* () {}];
  for (const kind of kinds) {
    const prototype = Object.getPrototypeOf(kind);
    const refuse = (): never => {
      throw new EvalError('Code generation from strings disallowed');
    };
    refuse.prototype = prototype;
    Object.defineProperty(prototype, 'constructor', { value: refuse });
  }
  Reflect.set(globalThis, 'Function', Function.prototype.constructor);
  Reflect.set(globalThis, 'eval', () => Function.prototype.constructor('')());
}

function allowOverride(prototype: object, name: string): void {
  const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
  if (value === undefined) return;
  Object.defineProperty(prototype, name, {
    get: () => value,
    set(this: object, own: unknown) {
      if (this === prototype) throw new TypeError(`${name} of the language cannot be changed`);
      Object.defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
    },
    enumerable: false,
    configurable: false,
  });
}

/** What no global name leads to. */
function hiddenIntrinsics(): readonly unknown[] {
  return [
    function* () {},
    async () => {},
    async function* () {},
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ''[Symbol.iterator](),
    ''.matchAll(/x/g),
    [].values().map((each) => each),
    Iterator.from({ next: () => ({ done: true, value: undefined }) }),
  ].map((instance) => Object.getPrototypeOf(instance));
}

function freezeAll(value: unknown, seen: Set<unknown>): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
  seen.add(value);
  Object.freeze(value);
  freezeAll(Object.getPrototypeOf(value), seen);
  for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) {
    for (const part of [descriptor.value, descriptor.get, descriptor.set]) freezeAll(part, seen);
  }
}
