import { classNames } from '../../components/class-names.ts';
import type { Change } from './record-changes.ts';

/** What an action changed: each value that is another one now, as it was and as it is. */
export function RecordChangesTable({ changes }: { readonly changes: readonly Change[] }) {
  const [before, after] = [
    changes.some((change) => change.before !== undefined),
    changes.some((change) => change.after !== undefined),
  ];
  return (
    <section aria-label="Changes">
      <h3 className="mb-1.5 font-semibold text-sm">Changes</h3>
      {changes.length === 0 ? (
        <p className="text-muted text-sm">Nothing is different afterwards.</p>
      ) : (
        <table className="w-full table-fixed border-line border-y text-left text-xs">
          <thead>
            <tr className="text-muted">
              <th className="w-36 py-1.5 pr-3 font-medium max-sm:w-24">Field</th>
              {before && <th className="px-2 py-1.5 font-medium">Before</th>}
              {after && <th className="px-2 py-1.5 font-medium">After</th>}
            </tr>
          </thead>
          <tbody className="divide-y divide-line border-line border-t">
            {changes.map((change) => (
              <tr key={change.path} className="align-top">
                <th scope="row" className="wrap-anywhere py-1.5 pr-3 font-medium">
                  {change.path}
                </th>
                {before && <Value text={change.before} className="bg-bad-soft/60" />}
                {after && <Value text={change.after} className="bg-good-soft/60" />}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Value({ text, className }: { readonly text: string | undefined; readonly className: string }) {
  return (
    <td
      className={classNames(
        'wrap-anywhere whitespace-pre-line px-2 py-1.5 font-mono',
        text !== undefined && className,
      )}
    >
      {text === '' ? <span className="text-faint">(empty)</span> : (text ?? '')}
    </td>
  );
}
