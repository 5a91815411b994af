/** One value that an action changed, by its path. Undefined: it was not there. */
export type Change = { readonly path: string; readonly before?: string; readonly after?: string };

/** A value of a record with the path that leads to it; what is in a list stands under `[*]`. */
export type Leaf = { readonly path: string; readonly text: string };

/** What is different between `before` and `after` of a record's details; undefined where it tells of none. */
export function changesOf(details: object | undefined): readonly Change[] | undefined {
  const { before, after } = (details ?? {}) as { readonly before?: unknown; readonly after?: unknown };
  if (before === undefined && after === undefined) return undefined;
  const [old, now] = [values(before), values(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths.flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    if (was === is) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** Each value of a record's part. @param root the part's own path. */
export function leavesOf(value: unknown, root: string): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, `${root}[*]`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, member]) =>
      // A name that a path can't hold is looked for as a word.
      /^[^.[\]=~"]+$/.test(name) ? leavesOf(member, `${root}.${name}`) : [],
    );
  }
  return value === null || value === undefined || value === '' ? [] : [{ path: root, text: String(value) }];
}

/** By path; a list of plain values is one value, as it is read as one. */
function values(value: unknown, path = ''): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  const isPlainList = Array.isArray(value) && value.every((item) => typeof item !== 'object');
  if (typeof value !== 'object' || isPlainList) {
    return new Map([[path, isPlainList ? value.join('\n') : String(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([name, member]) => {
      const step = Array.isArray(value) ? `[${name}]` : path === '' ? name : `.${name}`;
      return [...values(member, path + step)];
    }),
  );
}

const namesOfIds = /(?:^|[.\]])(?:id|ids|alertId|assigneeId|queryId|integrationId)(?:\[\*\])?$/i;

/** What an action was about, as far as its parameters and details name it by an id. */
export function targetsOf({
  actionParams,
  actionDetails,
}: {
  readonly actionParams?: object | undefined;
  readonly actionDetails?: object | undefined;
}): readonly string[] {
  const leaves = [...leavesOf(actionParams, 'actionParams'), ...leavesOf(actionDetails, 'actionDetails')];
  const ids = leaves.filter(({ path, text }) => namesOfIds.test(path) && text.length >= 4);
  return [...new Set(ids.map(({ text }) => text))].slice(0, 5);
}
