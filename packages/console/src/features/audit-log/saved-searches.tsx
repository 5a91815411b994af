import { Popover } from '@base-ui/react/popover';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Bookmark, Pencil, Plus, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import type { SavedSearchRowFragment } from '../../api/operations.ts';
import { parseSearch } from '../../app/search-params.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { Hint } from '../../components/hint.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { popupClassName } from '../../components/popup-class-names.ts';
import { type AuditLogSearch, hasFilters, parseAuditLogSearch } from './audit-log-filters.ts';
import { DeleteSearchDialog, SavedSearchDialog } from './saved-search-dialog.tsx';
import { savedSearchesQuery } from './saved-searches-query.ts';

type OpenDialog =
  | { readonly kind: 'save'; readonly saved?: SavedSearchRowFragment }
  | { readonly kind: 'delete'; readonly saved: SavedSearchRowFragment };

/** The searches that were saved, and the way to save the one that is open. */
export function SavedSearches({ search }: { readonly search: AuditLogSearch }) {
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<OpenDialog>();
  const openDialog = (next: OpenDialog) => {
    setOpen(false);
    setDialog(next);
  };
  const close = () => setDialog(undefined);
  return (
    <>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger render={<Button icon={Bookmark}>Saved</Button>} />
        <Popover.Portal>
          <Popover.Positioner align="end" sideOffset={4} className="z-50">
            <Popover.Popup
              className={classNames(popupClassName, 'flex w-80 max-w-[calc(100vw-2rem)] flex-col')}
            >
              <Popover.Title className="sr-only">Saved searches</Popover.Title>
              {open && <SearchList onClose={() => setOpen(false)} onDialog={openDialog} />}
              <div className="border-line border-t p-1 pt-2">
                <Button
                  size="small"
                  icon={Plus}
                  disabledReason={hasFilters(search) ? undefined : 'Nothing is filtered.'}
                  onClick={() => openDialog({ kind: 'save' })}
                >
                  Save this search
                </Button>
              </div>
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
      {dialog?.kind === 'save' && (
        <SavedSearchDialog search={search} {...(dialog.saved && { saved: dialog.saved })} onClose={close} />
      )}
      {dialog?.kind === 'delete' && <DeleteSearchDialog saved={dialog.saved} onClose={close} />}
    </>
  );
}

type SearchListProps = {
  readonly onClose: () => void;
  readonly onDialog: (dialog: OpenDialog) => void;
};

function SearchList({ onClose, onDialog }: SearchListProps) {
  const searches = useQuery(savedSearchesQuery);
  return (
    <Loaded query={searches} label="saved searches">
      {(list) =>
        list.length === 0 ? (
          <p className="px-2 py-4 text-center text-muted">No searches are saved yet.</p>
        ) : (
          <ul className="thin-scrollbar max-h-80 overflow-y-auto">
            {list.map((saved) => (
              <li key={saved.id} className="flex items-center rounded-md hover:bg-hover">
                <Link
                  to="/audit-log"
                  search={parseAuditLogSearch(parseSearch(saved.query))}
                  onClick={onClose}
                  className="min-w-0 flex-1 rounded-md px-2 py-1.5 outline-offset-[-2px]!"
                >
                  <span className="block truncate">{saved.name}</span>
                  {!saved.isOwn && (
                    <span className="block truncate text-muted text-xs">by {ownerName(saved)}</span>
                  )}
                </Link>
                {saved.isOwn && (
                  <>
                    {saved.isShared && (
                      <Hint text="Shared with everybody who sees the audit log">
                        <Users role="img" aria-label="Shared" className="size-3.5 text-faint" />
                      </Hint>
                    )}
                    <IconButton
                      label={`Change ${saved.name}`}
                      icon={Pencil}
                      onClick={() => onDialog({ kind: 'save', saved })}
                    />
                    <IconButton
                      label={`Delete ${saved.name}`}
                      icon={Trash2}
                      onClick={() => onDialog({ kind: 'delete', saved })}
                    />
                  </>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function ownerName({ owner }: SavedSearchRowFragment): string {
  if (owner === null || owner === undefined) return 'somebody who is gone';
  return owner.__typename === 'User' ? owner.email : owner.name;
}
