import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What queries of a role's holders, and of tokens, may take. */
export const queryLimits: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['roles', 'api_tokens']) {
      await db.schema
        .alterTable(table)
        .addColumn('query_limits', 'text', (c) => c.notNull().defaultTo('{}'))
        .execute();
    }
  },
};
