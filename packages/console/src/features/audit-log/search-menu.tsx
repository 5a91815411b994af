import { useNavigate } from '@tanstack/react-router';
import { Braces, Database, Ellipsis, Link2, SquareTerminal } from 'lucide-react';
import { useMissing } from '../../api/session.ts';
import { IconButton } from '../../components/button.tsx';
import { copyText } from '../../components/copy-button.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { useToast } from '../../components/toast.tsx';
import { type AuditLogSearch, auditLogsInput, filtersOf } from './audit-log-filters.ts';
import { searchSql } from './search-sql.ts';

/** What can be done with the filters as they stand. */
export function SearchMenu({ search }: { readonly search: AuditLogSearch }) {
  const navigate = useNavigate();
  const toast = useToast();
  const missing = useMissing('DataAnalyticsRead');
  const copy = (text: string, title: string) => void copyText(text).then(() => toast(title));
  const filters = filtersOf(search);
  return (
    <Menu trigger={<IconButton label="More" icon={Ellipsis} variant="secondary" />}>
      <MenuItem icon={Link2} onClick={() => copy(location.href, 'The link is copied')}>
        Copy link
      </MenuItem>
      <MenuItem
        icon={Braces}
        onClick={() =>
          copy(JSON.stringify(auditLogsInput(filters, new Date()), null, 2), 'The filter is copied')
        }
      >
        Copy as API filter
      </MenuItem>
      <MenuItem icon={Database} onClick={() => copy(searchSql(filters, new Date()), 'The SQL is copied')}>
        Copy as SQL
      </MenuItem>
      <MenuItem
        icon={SquareTerminal}
        disabledReason={missing}
        onClick={() =>
          void navigate({
            to: '/data-explorer/{-$queryId}',
            search: { sql: searchSql(filters, new Date()) },
          })
        }
      >
        Open in Data Explorer
      </MenuItem>
    </Menu>
  );
}
