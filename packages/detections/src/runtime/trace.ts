/**
 * Where in an event somebody looked: keys from the event down. With `whole`, at everything below as well; without, at a text, a number,
 * a list and the like as it is, but of an object only that it is one.
 */
export interface Read {
  readonly path: readonly string[];
  readonly whole: boolean;
}

/** An event that remembers where somebody looked. */
export interface TracedEvent {
  readonly event: unknown;
  /** In the order of the first look; undefined if somebody looked in a way that can't be told. */
  reads(): readonly Read[] | undefined;
  /** Whether somebody looked where it is not known what the event holds: the last of the reads. Such a look throws. */
  readonly isMissed: boolean;
}

/**
 * Wraps an event so that whatever is read of it is known. To a reader it is the event, which cannot be changed.
 * @param event plain JSON, not frozen; it may be frozen in part afterwards.
 * @param known the places of which it is known what the event holds, all if undefined. An object that it holds is known to be one
 * wherever it is; where all of one is known, a look at it counts as a look at all of it, which takes less time to notice.
 */
export function traceEvent(event: unknown, known?: readonly Read[]): TracedEvent {
  const tracer = new Tracer(known);
  return {
    event: tracer.see(event, []),
    reads: () => (tracer.isUntold ? undefined : [...tracer.reads]),
    get isMissed() {
      return tracer.isMissed;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

class Tracer {
  readonly reads: Read[] = [];
  readonly #known: readonly Read[] | undefined;
  readonly #wrapped = new Map<object, unknown>();
  isUntold = false;
  isMissed = false;

  constructor(known: readonly Read[] | undefined) {
    this.#known = known;
  }

  see(value: unknown, path: readonly string[]): unknown {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const isWhole = isObject && this.#known !== undefined && isCovered(this.#known, { path, whole: true });
    if (path.length > 0 || isWhole) this.note(path, isWhole, isObject);
    if (isWhole || Array.isArray(value)) return freeze(value);
    if (!isObject) return value;
    const wrapped = this.#wrapped.get(value) ?? new Proxy(value, new Watch(this, value as Fields, path));
    this.#wrapped.set(value, wrapped);
    return wrapped;
  }

  /** @param isKnown besides what is known of the places. */
  note(path: readonly string[], whole: boolean, isKnown = false): void {
    const read = { path, whole };
    // What is said after such a look was said of another event.
    if (!this.isMissed && !isCovered(this.reads, read)) this.reads.push(read);
    if (isKnown || this.#known === undefined || isCovered(this.#known, read)) return;
    this.isMissed = true;
    throw new Error(`it is not known what is at ${path.join('.')}`);
  }
}

/** What an object of an event does when somebody looks at it. */
class Watch implements ProxyHandler<object> {
  readonly #tracer: Tracer;
  readonly #fields: Fields;
  readonly #path: readonly string[];

  constructor(tracer: Tracer, fields: Fields, path: readonly string[]) {
    this.#tracer = tracer;
    this.#fields = fields;
    this.#path = path;
  }

  #lookAt(key: string | symbol): unknown {
    if (typeof key === 'symbol') return undefined;
    const value = Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
    return this.#tracer.see(value, [...this.#path, key]);
  }

  get(target: object, key: string | symbol): unknown {
    const seen = this.#lookAt(key);
    return Object.hasOwn(target, key) ? seen : Reflect.get(target, key);
  }

  has(target: object, key: string | symbol): boolean {
    this.#lookAt(key);
    return Reflect.has(target, key);
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    const value = this.#lookAt(key);
    return Object.hasOwn(target, key)
      ? { value, writable: true, enumerable: true, configurable: true }
      : undefined;
  }

  ownKeys(target: object): (string | symbol)[] {
    this.#tracer.note(this.#path, true);
    return Reflect.ownKeys(target);
  }

  // The real event is frozen and says so.
  isExtensible(target: object): boolean {
    this.#tracer.isUntold = true;
    return Reflect.isExtensible(target);
  }

  set = refuse;
  defineProperty = refuse;
  deleteProperty = refuse;
  setPrototypeOf = refuse;
  preventExtensions = refuse;
}

function refuse(): false {
  return false;
}

/** Whether what a read tells is known from the others. */
export function isCovered(reads: readonly Read[], { path, whole }: Read): boolean {
  return reads.some((other) => {
    const isPrefix = other.path.every((key, at) => key === path[at]);
    return isPrefix && (other.whole || (!whole && other.path.length === path.length));
  });
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}
