import { useQuery } from '@tanstack/react-query';
import { systemErrorsQuery } from '../../api/system-errors.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { Section } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';

export function SystemErrorsSection() {
  const errors = useQuery(systemErrorsQuery);
  return (
    <Section title="System Errors">
      <Loaded query={errors} label="system errors">
        {(found) =>
          found.length === 0 ? (
            <p className="text-muted text-sm">Nothing has gone wrong.</p>
          ) : (
            <ul className="flex flex-col gap-2">
              {found.map(({ id, message, reportedAt, resolvedAt }) => (
                <li key={id}>
                  <Notice tone={resolvedAt === null ? 'bad' : 'info'} title={message}>
                    <Time value={reportedAt} />
                    {resolvedAt !== null && (
                      <>
                        {' '}
                        until <Time value={resolvedAt} />
                      </>
                    )}
                  </Notice>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}
