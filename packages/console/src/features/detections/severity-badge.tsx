import { Badge } from '../../components/badge.tsx';
import { severityTones } from './detection-kinds.ts';

export function SeverityBadge({ severity }: { readonly severity: keyof typeof severityTones }) {
  return <Badge tone={severityTones[severity]}>{severity.charAt(0) + severity.slice(1).toLowerCase()}</Badge>;
}
