import { Download, FileCheck2 } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';

const formats = [
  { suffix: 'csv', label: 'CSV, for spreadsheets' },
  { suffix: 'ndjson', label: 'NDJSON, a row a line' },
  { suffix: 'parquet', label: 'Parquet, with types' },
];

type DownloadMenuProps = { readonly queryId: string; readonly columns: readonly string[] };

/** The whole result as a file; of rows of the audit log, also the records themselves with their proofs. */
export function DownloadMenu({ queryId, columns }: DownloadMenuProps) {
  const base = `/internal/data-lake-queries/${queryId}`;
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="small" icon={Download}>
          Download
        </Button>
      }
    >
      {formats.map(({ suffix, label }) => (
        <MenuItem key={suffix} icon={Download} render={<a href={`${base}/results.${suffix}`} download />}>
          {label}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem
        icon={FileCheck2}
        {...(columns.includes('p_ledger_index')
          ? // biome-ignore lint/a11y/useAnchorContent: the menu gives it its content
            { render: <a href={`${base}/proofs.ndjson`} download /> }
          : { disabledReason: 'Select the column p_ledger_index of the audit log' })}
      >
        Records with proofs
      </MenuItem>
    </Menu>
  );
}
