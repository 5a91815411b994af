import * as z from 'zod';
import { defineChange } from '../action.ts';
import { asReplays, requireReplay } from './replay.ts';

/** Asks a running backtest to stop; what it has found so far stays. One that has ended stays as it is. */
export const stopReplay = defineChange({
  name: 'STOP_REPLAY',
  requires: 'RuleModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, services, caller, afterCommit }, { input: { id } }) {
    const row = await requireReplay(transactor, caller, id, 'input.id');
    afterCommit(() => services.backtests.stop(id));
    const [replay] = await asReplays(transactor, services, [row]);
    return { replay };
  },
});
