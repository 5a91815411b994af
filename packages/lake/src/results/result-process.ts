import { serve } from '../engine/serve.ts';
import { workOnResult } from './result-work.ts';

/** The program that sums up results of queries and makes files of them. Argument: how many bytes its memory may reach. */
const [rssBytesMax = ''] = process.argv.slice(2);

serve(workOnResult, { rssBytesMax: Number(rssBytesMax), niceness: 5 });
