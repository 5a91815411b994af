import type { Severity } from '../../api/operations.ts';
import { Badge } from '../../components/badge.tsx';
import { severityLabels } from './detection-filters.ts';

const tones = { INFO: 'neutral', LOW: 'accent', MEDIUM: 'warn', HIGH: 'bad', CRITICAL: 'bad' } as const;

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  return <Badge tone={tones[severity]}>{severityLabels[severity]}</Badge>;
}
