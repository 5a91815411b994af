import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeEntry, formatTimestamp } from '@pawprint/record';
import type { TestInstance } from '@pawprint/testing';

/** Of so many visitors one fails to sign in. */
export const failedEvery = 50;

/**
 * Leaves sign-ins of Visitor 0 to Visitor n in the ledger of an instance, as many as there are times, without doing any of it.
 * @param times milliseconds since 1970.
 */
export async function leaveHistory(instance: TestInstance, times: readonly number[]): Promise<void> {
  await instance.instance.settled();
  const database = new DatabaseSync(join(instance.dataDirectory, 'pawprint.db'), { timeout: 5_000 });
  const insert = database.prepare('INSERT INTO outbox (entry) VALUES (?)');
  const decoder = new TextDecoder();
  database.exec('BEGIN IMMEDIATE');
  times.forEach((time, number) => {
    const entry = encodeEntry({
      v: 1,
      id: number.toString(16).padStart(32, '0'),
      record: {
        actionName: 'SIGN_IN',
        actionResult: number % failedEvery === 0 ? 'FAILED' : 'SUCCEEDED',
        actor: { id: `visitor-${number % 40}`, type: 'USER', name: `Visitor ${number}` },
        sourceIP: `192.0.2.${number % 250}`,
        timestamp: formatTimestamp(BigInt(time) * 1_000_000n),
        pantherVersion: '0.1.0',
      },
    });
    insert.run(decoder.decode(entry));
  });
  database.exec('COMMIT');
  database.close();
  // What is done next has them taken into the ledger.
  await instance.admin.ask('{ users { id } }');
  await instance.instance.settled();
}
