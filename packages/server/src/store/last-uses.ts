import type { Bookkeeper, Reader } from './store.ts';

/** Notes when something was last used: `TOKEN:<id>` at an action, `SOURCE:<id>` at taking its events; RFC 3339. */
export async function noteLastUses(bookkeeper: Bookkeeper, uses: ReadonlyMap<string, string>): Promise<void> {
  for (const [subject, usedAt] of uses) {
    await bookkeeper
      .insertInto('last_uses')
      .values({ subject, used_at: usedAt })
      .onConflict((conflict) => conflict.column('subject').doUpdateSet({ used_at: usedAt }))
      .execute();
  }
}

/** @returns a function from subject to the time of its last use, or null. */
export async function readLastUses(reader: Reader): Promise<(subject: string) => string | null> {
  const rows = await reader.selectFrom('last_uses').selectAll().execute();
  const uses = new Map(rows.map((row) => [row.subject, row.used_at]));
  return (subject) => uses.get(subject) ?? null;
}
