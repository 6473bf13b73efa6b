import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Attention, OrderDocument } from '../document.ts';
import { type Assessment, findingsOf, fraudOf, type Review } from './record.ts';

/** What staff sees of an order's risk: no digest, no fingerprint. */
export function riskOf(document: OrderDocument): OrderRisk {
  const { placing, payment, accountCreatedAt, origin, instrument, risk, review } = fraudOf(document);
  const { brand = null, last4 = null, wallet = null, country = null } = instrument ?? {};
  const counts = payment?.counts ?? placing?.counts ?? [];
  return {
    orderId: document.id,
    placing: assessmentOf(placing),
    payment: assessmentOf(payment),
    evidence: {
      accountCreatedAt: accountCreatedAt === null ? null : rfc3339(accountCreatedAt),
      countries: {
        card: country,
        shipping: document.request.shippingAddress?.country ?? null,
        client: origin.country,
      },
      counts: counts.map(({ subject, windowSeconds, orders }) => ({ subject, windowSeconds, orders })),
      instrument: instrument === null ? null : { brand, last4, wallet, country },
      provider: risk,
    },
    review: review === null ? null : reviewOf(review),
  };
}

function assessmentOf(assessment: Assessment | null): OrderRisk['placing'] {
  if (assessment === null) return null;
  const { score, outcome, hits, phase, at } = assessment;
  return { score, outcome, hits, phase, at: rfc3339(at) };
}

function reviewOf({ since, until, reminded, decision }: Review): OrderRisk['review'] {
  return {
    since: rfc3339(since),
    until: rfc3339(until),
    reminded,
    decision:
      decision === null
        ? null
        : {
            decision: decision.decision,
            by: decision.by.id,
            reason: decision.why,
            at: rfc3339(decision.at),
          },
  };
}

/** An order that waits to be approved or refused is one somebody must look at. */
export function reviewAttention(document: OrderDocument): Attention | null {
  const { review, payment, placing } = fraudOf(document);
  if (document.state !== 'in_review' || review === null) return null;
  return {
    code: review.reminded ? 'review_overdue' : 'in_review',
    text: 'Waits to be approved or refused.',
    detail: findingsOf(payment ?? placing),
  };
}
