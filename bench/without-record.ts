import { registerHooks } from 'node:module';

/**
 * Loaded before the server, leaves the record out of every action, so that its cost can be seen. The product has no such
 * switch: this rewrites the action runner's source as it is loaded.
 */
const start = /^(async function record\([^{]*\{)$/m;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/actions/run-action.ts')) return loaded;
    const source = String(loaded.source);
    if (!start.test(source))
      throw new Error('The action runner no longer has the function this benchmark replaces');
    return {
      ...loaded,
      source: source.replace(
        start,
        "$1 capture.leaveUnrecorded('benchmark'); return { found: new Map(), newRows: [] };",
      ),
    };
  },
});
