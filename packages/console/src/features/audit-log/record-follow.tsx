import { Link } from '@tanstack/react-router';
import { KeyRound, type LucideIcon, MapPin, Target, User } from 'lucide-react';
import { buttonClassName } from '../../components/button.tsx';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import type { AuditLogSearch } from './audit-log-filters.ts';
import { targetsOf } from './record-changes.ts';
import { actorName } from './record-summary.ts';

/** Leads to all there is, and comes, of one thing that the record names: who, from where, what was acted on. */
export function RecordFollow({ record }: Pick<AuditLogEntry, 'record'>) {
  const { actor, sourceIP } = record;
  const isToken = actor.type === 'TOKEN';
  return (
    <section aria-label="Follow">
      <h3 className="mb-1.5 font-semibold text-sm">Follow</h3>
      <div className="flex flex-wrap gap-2">
        <Follow
          icon={isToken ? KeyRound : User}
          what={isToken ? 'token' : 'actor'}
          text={actorName(record)}
          search={{ actorId: actor.id }}
        />
        {sourceIP && <Follow icon={MapPin} what="address" text={sourceIP} search={{ ip: sourceIP }} />}
        {targetsOf(record).map((id) => (
          <Follow key={id} icon={Target} what="target" text={id} search={{ q: `"${id}"` }} />
        ))}
      </div>
    </section>
  );
}

type FollowProps = {
  readonly icon: LucideIcon;
  readonly what: string;
  readonly text: string;
  readonly search: AuditLogSearch;
};

function Follow({ icon: Icon, what, text, search }: FollowProps) {
  return (
    <Link
      to="/audit-log"
      search={search}
      aria-label={`Follow the ${what} ${text}`}
      className={buttonClassName('secondary', 'small', 'max-w-full shrink! hover:bg-hover')}
    >
      <Icon className="size-3.5 shrink-0" aria-hidden="true" />
      <span className="truncate">{text}</span>
    </Link>
  );
}
