import { canonicalJson } from '@pawprint/record';
import { getAuditLogProof } from '../../actions/audit-log/get-audit-log-proof.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';

/** One entry of the ledger with its proof, so that a page can check what it shows. */
export function addAuditLogProof(context: RouteContext): void {
  addActionRoute(context, {
    method: 'GET',
    url: '/internal/audit-log/:index/proof',
    action: getAuditLogProof,
    description: 'Fetches a record with the proof that it is in the ledger',
    input: ({ params }) => ({ index: Number((params as { readonly index: string }).index) }),
    answer: ({ entry, opened, proof }) => ({
      entry: Buffer.from(entry).toString('base64'),
      // As an export has it, so that it can be kept and verified as it is.
      opened: canonicalJson(opened),
      proof,
    }),
  });
}
