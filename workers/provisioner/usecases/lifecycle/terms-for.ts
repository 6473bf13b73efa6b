import type { LifecycleRequest } from '#shared/contracts/http/lifecycle.ts';
import type { Terms } from '../../queries/lifecycle.ts';
import type { Made } from '../../queries/steps.ts';
import { termsOf } from '../../workflows/change-plan.ts';

/** What the instance is to be; null: it stays what it is. */
export function termsFor(made: Made, request: LifecycleRequest): { former: Terms; target: Terms } | null {
  if (request.kind !== 'configure') return null;
  const former = termsOf(made);
  return { former, target: { ...former, customisation: request.customisation } };
}
