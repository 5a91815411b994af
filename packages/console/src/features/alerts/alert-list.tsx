import { Link } from '@tanstack/react-router';
import { UserRound } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import type { AlertRowFragment } from '../../api/operations.ts';
import { Checkbox } from '../../components/checkbox.tsx';
import { classNames } from '../../components/class-names.ts';
import { Time } from '../../components/time.tsx';
import { userName } from '../users/users-query.ts';
import { SeverityMark, StatusMark } from './alert-marks.tsx';
import { typeLabels } from './alert-words.ts';

/** What a key does to the alerts that are ticked, or else to the one in focus. */
export type KeyAction = 'resolve' | 'triage' | 'invalid' | 'reopen' | 'assign-to-me';

export const keyActions: Readonly<Record<string, { readonly action: KeyAction; readonly label: string }>> = {
  e: { action: 'resolve', label: 'resolve' },
  t: { action: 'triage', label: 'triage' },
  i: { action: 'invalid', label: 'invalid' },
  o: { action: 'reopen', label: 'reopen' },
  a: { action: 'assign-to-me', label: 'assign to me' },
};

type AlertListProps = {
  readonly alerts: readonly AlertRowFragment[];
  readonly selectedIds: readonly string[];
  readonly onSelect: (ids: readonly string[]) => void;
  readonly onKeyAction: (action: KeyAction, focusedId: string) => void;
};

/** Alerts, one a row. J and K move along them, X ticks one, Enter opens it; the letters of `keyActions` act. */
export function AlertList({ alerts, selectedIds, onSelect, onKeyAction }: AlertListProps) {
  const listRef = useRef<HTMLUListElement>(null);
  const toggle = (id: string) =>
    onSelect(selectedIds.includes(id) ? selectedIds.filter((other) => other !== id) : [...selectedIds, id]);

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const links = Array.from(listRef.current?.querySelectorAll<HTMLElement>('a[data-alert]') ?? []);
    const row = (event.target as HTMLElement).closest('li');
    const at = links.findIndex((link) => row?.contains(link));
    const id = alerts[at]?.id;
    const key = event.key.toLowerCase();
    if (key === 'j' || event.key === 'ArrowDown') links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (key === 'k' || event.key === 'ArrowUp') links[Math.max(at - 1, 0)]?.focus();
    else if (key === 'x' && id !== undefined) toggle(id);
    else if (Object.hasOwn(keyActions, key) && id !== undefined) {
      const known = keyActions[key];
      if (known !== undefined) onKeyAction(known.action, id);
    } else return;
    event.preventDefault();
  }

  return (
    <ul ref={listRef} aria-label="Alerts" onKeyDown={onKeyDown} className="divide-y divide-line">
      {alerts.map((alert) => (
        <AlertItem
          key={alert.id}
          alert={alert}
          isSelected={selectedIds.includes(alert.id)}
          onToggle={() => toggle(alert.id)}
        />
      ))}
    </ul>
  );
}

type AlertItemProps = {
  readonly alert: AlertRowFragment;
  readonly isSelected: boolean;
  readonly onToggle: () => void;
};

function AlertItem({ alert, isSelected, onToggle }: AlertItemProps) {
  const { id, title, severity, status, assignee, eventCount, createdAt, type } = alert;
  return (
    <li
      className={classNames(
        'relative grid grid-cols-[auto_1fr] gap-x-3 px-4 py-2.5 focus-within:bg-hover/70 sm:px-5 lg:grid-cols-[auto_5.5rem_minmax(0,1fr)_5rem_9rem_5rem_7rem] lg:items-center',
        isSelected ? 'bg-accent-soft/60' : 'hover:bg-hover/60',
      )}
    >
      <span className="relative z-10 pt-0.5 lg:pt-0">
        <Checkbox aria-label={`Select ${title}`} checked={isSelected} onCheckedChange={onToggle} />
      </span>
      <span className="max-lg:hidden">
        <SeverityMark severity={severity} />
      </span>
      <span className="min-w-0">
        {/* The whole row opens the alert; what else can be pressed in it lies above. */}
        <Link
          to="/alerts/$alertId"
          params={{ alertId: id }}
          data-alert={id}
          className="wrap-anywhere line-clamp-2 font-medium text-sm after:absolute after:inset-0"
        >
          {title}
        </Link>
        <span className="mt-0.5 flex flex-wrap items-center gap-x-2 text-muted text-xs">
          <span className="lg:hidden">
            <SeverityMark severity={severity} />
          </span>
          <span className="lg:hidden">
            <StatusMark status={status} />
          </span>
          <span className="wrap-anywhere">{originName(alert) ?? typeLabels[type]}</span>
          <span className="text-faint max-sm:hidden">{alert.logTypes.join(', ')}</span>
          <span className="lg:hidden">
            <Time value={createdAt} />
          </span>
        </span>
      </span>
      <span className="max-lg:hidden">
        <StatusMark status={status} />
      </span>
      <span className="flex min-w-0 items-center gap-1.5 text-sm max-lg:hidden">
        <UserRound className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
        <span className={classNames('truncate', assignee === null && 'text-faint')}>
          {assignee === null ? 'Nobody' : userName(assignee)}
        </span>
      </span>
      <span className="whitespace-nowrap text-right text-muted text-sm tabular-nums max-lg:hidden">
        {eventCount.toLocaleString('en')} {eventCount === 1 ? 'event' : 'events'}
      </span>
      <span className="relative z-10 justify-self-end text-muted text-sm max-lg:hidden">
        <Time value={createdAt} />
      </span>
    </li>
  );
}

/** The name of the detection that made it; undefined where none did. */
export function originName({ origin }: Pick<AlertRowFragment, 'origin'>): string | undefined {
  return origin !== null && 'name' in origin ? origin.name : undefined;
}
