import { Page } from '../../components/page.tsx';
import { ErasuresSection } from './erasures-section.tsx';
import { SystemErrorsSection } from './system-errors-section.tsx';

/** What the ledger holds, who vouches for it, how long it is kept, and what is wrong. */
export function LedgerPage() {
  return (
    <Page title="Ledger">
      <SystemErrorsSection />
      <ErasuresSection />
    </Page>
  );
}
