import { useNavigate } from '@tanstack/react-router';
import { Braces, Database, Ellipsis, Link2, ListFilter, SquareTerminal } from 'lucide-react';
import { useMissing } from '../../api/session.ts';
import { IconButton } from '../../components/button.tsx';
import { copyText } from '../../components/copy-button.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { useToast } from '../../components/toast.tsx';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { recordSql } from './search-sql.ts';

/** What can be taken away from a record, or asked for with it. */
export function RecordMenu({ entry: { index, record } }: { readonly entry: AuditLogEntry }) {
  const navigate = useNavigate();
  const toast = useToast();
  const missing = useMissing('DataAnalyticsRead');
  const copy = (text: string, title: string) => void copyText(text).then(() => toast(title));
  const filter = {
    actionName: [record.actionName],
    actorId: record.actor.id,
    ...(record.sourceIP && { sourceIP: record.sourceIP }),
  };
  return (
    <Menu trigger={<IconButton label="More" icon={Ellipsis} />}>
      <MenuItem icon={Link2} onClick={() => copy(location.href, 'The link is copied')}>
        Copy link
      </MenuItem>
      <MenuItem icon={Braces} onClick={() => copy(JSON.stringify(record, null, 2), 'The record is copied')}>
        Copy JSON
      </MenuItem>
      <MenuItem
        icon={ListFilter}
        onClick={() => copy(JSON.stringify(filter, null, 2), 'The filter is copied')}
      >
        Copy as filter
      </MenuItem>
      <MenuItem icon={Database} onClick={() => copy(recordSql(index), 'The SQL is copied')}>
        Copy as SQL
      </MenuItem>
      <MenuItem
        icon={SquareTerminal}
        disabledReason={missing}
        onClick={() => void navigate({ to: '/data-explorer/{-$queryId}', search: { sql: recordSql(index) } })}
      >
        Open in Data Explorer
      </MenuItem>
    </Menu>
  );
}
