import type { LifecycleRequest } from '#shared/contracts/http/lifecycle.ts';
import type { Terms } from '../../queries/lifecycle.ts';
import type { Made } from '../../queries/steps.ts';
import { termsOf } from '../../workflows/change-plan.ts';

/** What the instance is to be; null: it stays what it is. Another plan keeps what was configured. */
export function termsFor(
  made: Made,
  operation: { request: unknown; target: unknown },
): { former: Terms; target: Terms } | null {
  const request = operation.request as LifecycleRequest | { kind: 'change_plan' };
  const former = termsOf(made);
  if (request.kind === 'configure')
    return { former, target: { ...former, customisation: request.customisation } };
  if (request.kind !== 'change_plan' || operation.target === null) return null;
  return { former, target: { ...(operation.target as Terms), customisation: former.customisation } };
}
