import { CircleCheck, CircleX, FlaskConical, TriangleAlert } from 'lucide-react';
import type { TestOutcomeFragment } from '../../api/operations.ts';
import { Notice } from '../../components/notice.tsx';
import { EmptyState, SkeletonRows } from '../../components/states.tsx';
import type { FileProblem } from './file-problems.ts';

type Test = TestOutcomeFragment['tests'][number];
type TestResultsProps = {
  readonly problems: readonly FileProblem[];
  /** Undefined until they were run. */
  readonly tests: readonly Test[] | undefined;
  readonly pending: boolean;
  readonly error: Error | null;
  /** Shows the file. */
  readonly onOpen: (path: string) => void;
};

/** What is wrong with the files, and how each unit test went. */
export function TestResults({ problems, tests, pending, error, onOpen }: TestResultsProps) {
  if (pending) return <SkeletonRows count={3} label="Running the tests" />;
  const failed = tests?.filter(({ passed }) => !passed).length ?? 0;
  return (
    <div className="flex flex-col">
      {error && (
        <div className="p-3">
          <Notice tone="bad" title={error.message} />
        </div>
      )}
      {problems.length > 0 && (
        <ul aria-label="Problems" className="divide-y divide-line border-line border-b">
          {problems.map(({ path, field, message, level }) => (
            <li key={`${path} ${field} ${message}`} className="flex gap-2.5 px-4 py-2.5 text-sm">
              <TriangleAlert
                className={`mt-0.5 size-4 shrink-0 ${level === 'error' ? 'text-bad' : 'text-warn'}`}
                aria-label={level}
              />
              <span className="min-w-0 break-words">
                <button
                  type="button"
                  onClick={() => onOpen(path)}
                  className="break-all font-mono text-accent text-xs hover:underline"
                >
                  {path}
                </button>
                <span className="block">
                  {field && <b className="font-medium">{field} </b>}
                  {message}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {tests === undefined && problems.length === 0 && !error && (
        <EmptyState icon={FlaskConical} title="Tests were not run yet">
          Running them checks the files, too, and keeps nothing.
        </EmptyState>
      )}
      {tests !== undefined && tests.length === 0 && problems.length === 0 && (
        <EmptyState icon={FlaskConical} title="There are no tests" />
      )}
      {tests !== undefined && tests.length > 0 && (
        <>
          <p role="status" className="px-4 py-2.5 font-medium text-sm">
            {failed === 0 ? `All ${tests.length} tests passed` : `${failed} of ${tests.length} tests failed`}
          </p>
          <ul aria-label="Tests" className="divide-y divide-line border-line border-t">
            {tests.map((test) => (
              <TestResult key={test.name} test={test} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function TestResult({ test: { name, passed, triggerAlert, error, functions } }: { readonly test: Test }) {
  const Icon = passed ? CircleCheck : CircleX;
  const given = Object.entries(
    functions as Record<string, { output: string | null; error: string | null }>,
  ).filter(([, { output, error: failure }]) => failure !== null || (output !== null && output !== ''));
  return (
    <li className="px-4 py-2.5 text-sm">
      <details open={!passed}>
        <summary className="flex cursor-pointer items-start gap-2.5">
          <Icon
            className={`mt-0.5 size-4 shrink-0 ${passed ? 'text-good' : 'text-bad'}`}
            aria-label={passed ? 'Passed' : 'Failed'}
          />
          <span className="min-w-0 flex-1 break-words">
            {name}
            {error && <span className="block text-bad">{error}</span>}
          </span>
          <span className="shrink-0 text-muted text-xs">{triggerAlert ? 'alert' : 'no alert'}</span>
        </summary>
        <dl className="mt-2 flex flex-col gap-1 pl-6.5 text-xs">
          {given.map(([functionName, { output, error: failure }]) => (
            <div key={functionName} className="flex gap-2">
              <dt className="w-24 shrink-0 font-mono text-muted">{functionName}</dt>
              <dd className={`min-w-0 break-words ${failure === null ? '' : 'text-bad'}`}>
                {failure ?? output}
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}
