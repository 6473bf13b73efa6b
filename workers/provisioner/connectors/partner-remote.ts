import type { PartnerRefusal, PartnerResource } from '../adapters/partner-api.ts';
import type { StepFailure } from '../templates/template.ts';
import { OPERATIONS } from './operations.ts';
import { type Remote, UNSURE } from './remote.ts';

/** What a successful operation must bring, by what was ordered. */
const RESULTS = {
  services: OPERATIONS['partner.order-service'].output,
  shipments: OPERATIONS['partner.order-shipment'].output,
} as const;
const isResource = (resource: string): resource is PartnerResource => Object.hasOwn(RESULTS, resource);

const resourceOf = (resource: string): PartnerResource => {
  if (!isResource(resource)) throw new Error(`the partner has no ${resource}`);
  return resource;
};

/** The partner of services and parcels, over its own API. */
export const partnerRemote: Remote = {
  async place(ports, { resource, idempotencyKey }, request) {
    const body = request as Record<string, unknown>;
    const answer = await ports.partner.order(resourceOf(resource), idempotencyKey, body);
    return answer.kind === 'refused'
      ? { kind: 'refused', failure: refusalText(answer) }
      : { kind: 'accepted', ...answer.operation };
  },
  resultOf(_ports, { resource }, news) {
    const result = RESULTS[resourceOf(resource)].safeParse(news.result);
    return Promise.resolve(result.success ? result.data : null);
  },
  ask: (ports, { partnerOperationId }) =>
    partnerOperationId === null ? Promise.resolve(null) : ports.partner.operation(partnerOperationId),
  async remove(ports, { resource, resourceId }) {
    if (resourceId === null) return UNSURE;
    const answer = await ports.partner.remove(resourceOf(resource), resourceId);
    return answer.kind === 'refused' ? keptText(answer) : null;
  },
};

/** Refusals that tell of our own set-up are none of the customer's business. */
const refusalText = (refusal: PartnerRefusal): StepFailure => ({
  code: 'partner_refused',
  text:
    refusal.message === null || refusal.status === 401 || refusal.status === 403
      ? 'Our partner did not accept the order.'
      : `Our partner did not accept the order: ${refusal.message}`,
});

const keptText = (refusal: PartnerRefusal): StepFailure => ({
  code: 'partner_kept',
  text: `Our partner could not take it back${refusal.message === null ? '.' : `: ${refusal.message}`}`,
});
