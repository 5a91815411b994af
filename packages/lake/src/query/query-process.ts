import { serve } from '../engine/serve.ts';
import { runQuery } from './run-query.ts';

/** The program that answers queries, one after another. Argument: how many bytes its memory may reach. */
const [rssBytesMax = ''] = process.argv.slice(2);

// Queries are the least urgent of what an instance does.
serve(runQuery, { rssBytesMax: Number(rssBytesMax), niceness: 5 });
