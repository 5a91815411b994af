import type { Rows } from '../../store/store.ts';

/**
 * Refuses to erase a subject while a legal hold covers records of theirs. There are no holds yet.
 * @throws ActionError CONFLICT
 */
export async function assertNotHeld(_rows: Rows, _subject: string): Promise<void> {}
