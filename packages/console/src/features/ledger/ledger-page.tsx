import { Page } from '../../components/page.tsx';
import { AnchorsSection } from './anchors-section.tsx';
import { ErasuresSection } from './erasures-section.tsx';
import { LakeRetentionSection } from './lake-retention-section.tsx';
import { LedgerStatusSection } from './ledger-status-section.tsx';
import { LegalHoldsSection } from './legal-holds-section.tsx';
import { OwnWitnessSection } from './own-witness-section.tsx';
import { RetentionSection } from './retention-section.tsx';
import { SystemErrorsSection } from './system-errors-section.tsx';
import { WitnessesSection } from './witnesses-section.tsx';

/** What the ledger holds, who vouches for it, how long it is kept, and what is wrong. */
export function LedgerPage() {
  return (
    <Page title="Ledger">
      <LedgerStatusSection />
      <WitnessesSection />
      <OwnWitnessSection />
      <RetentionSection />
      <LakeRetentionSection />
      <LegalHoldsSection />
      <SystemErrorsSection />
      <AnchorsSection />
      <ErasuresSection />
    </Page>
  );
}
