import { CircleCheck, CircleX, FlaskConical } from 'lucide-react';
import type { DetectionTestsFragment } from '../../api/operations.ts';
import { JsonView } from '../../components/json-view.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState, SkeletonRows } from '../../components/states.tsx';

type TestsPanelProps = {
  readonly result: DetectionTestsFragment | undefined;
  readonly problems: DetectionTestsFragment['problems'];
  readonly pending: boolean;
};

/** How the unit tests went, and what is wrong with the files. */
export function TestsPanel({ result, problems, pending }: TestsPanelProps) {
  if (pending) return <SkeletonRows count={3} label="Running the tests" />;
  if (result === undefined && problems.length === 0) {
    return (
      <EmptyState icon={FlaskConical} title="The tests have not run yet">
        They run on what is in the editor, saved or not.
      </EmptyState>
    );
  }
  const tests = result?.tests ?? [];
  const failed = tests.filter(({ passed }) => !passed).length;
  return (
    <div className="flex flex-col gap-3">
      {problems.map(({ path, field, message, level }) => (
        <Notice key={`${path} ${field} ${message}`} tone={level === 'error' ? 'bad' : 'warn'} title={message}>
          <span className="font-mono text-xs">
            {path} {field}
          </span>
        </Notice>
      ))}
      {result !== undefined && (
        <p role="status" className="font-medium text-sm">
          {tests.length === 0
            ? 'It has no tests.'
            : failed === 0
              ? `All ${tests.length} tests pass`
              : `${failed} of ${tests.length} tests fail`}
        </p>
      )}
      <ul className="flex flex-col gap-2">
        {tests.map(({ name, passed, error, functions }) => (
          <li key={name} className="rounded-md border border-line">
            <details open={!passed} className="group">
              <summary className="flex cursor-pointer items-center gap-2 px-3 py-2 text-sm">
                {passed ? (
                  <CircleCheck className="size-4 shrink-0 text-good" aria-label="passed" />
                ) : (
                  <CircleX className="size-4 shrink-0 text-bad" aria-label="failed" />
                )}
                <span className="break-words">{name}</span>
              </summary>
              <div className="flex flex-col gap-2 border-line border-t px-3 py-2">
                {error && <p className="break-words text-bad text-sm">{error}</p>}
                <JsonView value={functions} />
              </div>
            </details>
          </li>
        ))}
      </ul>
    </div>
  );
}
