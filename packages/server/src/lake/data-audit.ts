import { randomUUID } from 'node:crypto';
import type { CatalogueChange, LakeFile } from '@pawprint/lake';

/** The table that tells of each change of the others' files. */
export const dataAuditTable = 'panther_monitor.data_audit';

/** Its row for a change that is made now. */
export function dataAuditRow({
  operation,
  table,
  add,
  remove,
  toCursor,
}: CatalogueChange): Record<string, unknown> {
  return {
    table_name: table,
    operation,
    rows_added: sum(add, 'rows'),
    rows_removed: sum(remove, 'rows'),
    bytes_added: sum(add, 'bytes'),
    bytes_removed: sum(remove, 'bytes'),
    files_added: add.map(({ path }) => path),
    files_removed: remove.map(({ path }) => path),
    next_index: toCursor,
    p_row_id: randomUUID().replaceAll('-', ''),
    p_event_time: new Date().toISOString().replace('T', ' ').replace('Z', ''),
  };
}

function sum(files: readonly LakeFile[], of: 'rows' | 'bytes'): number {
  return files.reduce((total, file) => total + file[of], 0);
}
