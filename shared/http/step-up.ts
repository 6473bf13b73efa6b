import type { StepUp } from '#shared/auth/step-up.ts';
import type { ProblemDetails } from './problems.ts';

/** The refusal that names what is demanded, for clients to lead their user through it (RFC 9470 §3). */
export function stepUpRequired(demand: StepUp): ProblemDetails {
  const challenge = [
    'Bearer error="insufficient_user_authentication"',
    ...(demand.acr === undefined ? [] : [`acr_values="${demand.acr}"`]),
    ...(demand.maxAgeSeconds === undefined ? [] : [`max_age="${demand.maxAgeSeconds}"`]),
  ].join(', ');
  const wanted = [
    ...(demand.acr === undefined ? [] : [`authentication of the class ${demand.acr}`]),
    ...(demand.maxAgeSeconds === undefined
      ? []
      : [`authentication within the last ${demand.maxAgeSeconds} seconds`]),
  ].join(', and ');
  return {
    slug: 'step-up-required',
    detail: `This needs ${wanted}: see POST /v1/auth/step-up.`,
    headers: { 'www-authenticate': challenge },
  };
}
