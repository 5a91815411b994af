import { Page } from '../../components/page.tsx';
import { AnchorsSection } from './anchors-section.tsx';
import { LegalHoldsSection } from './legal-holds-section.tsx';
import { RetentionSection } from './retention-section.tsx';
import { SystemErrorsSection } from './system-errors-section.tsx';

/** What the ledger holds, who vouches for it, how long it is kept, and what is wrong. */
export function LedgerPage() {
  return (
    <Page title="Ledger">
      <RetentionSection />
      <LegalHoldsSection />
      <SystemErrorsSection />
      <AnchorsSection />
    </Page>
  );
}
