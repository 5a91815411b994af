import { Link } from '@tanstack/react-router';
import { useLastingSystemErrors } from '../api/system-errors.ts';
import { Notice } from '../components/notice.tsx';

/** What is wrong with the instance, on every page, for those who may read its settings. */
export function SystemErrorBanner() {
  const [first, ...more] = useLastingSystemErrors();
  if (first === undefined) return null;
  return (
    <div className="shrink-0 px-4 py-3 sm:px-6">
      <Notice tone="bad" title={first.message}>
        <Link to="/settings/ledger" className="underline">
          {more.length === 0 ? 'See the system errors' : `And ${more.length} more: see the system errors`}
        </Link>
      </Notice>
    </div>
  );
}
