import type { Stripe } from 'stripe';
import { SECOND_MS } from '#shared/time/time.ts';
import type { ListedPart, Period, PeriodSource } from '../usecases/reconcile/ports.ts';
import { disputeState } from './stripe-details.ts';
import { readEvent } from './stripe-events.ts';
import { idOf } from './stripe-parts.ts';
import { refundState } from './stripe-refunds.ts';
import { isRelease, nameOf } from './stripe-snapshot.ts';
import { REST_OF } from './stripe-transfers.ts';

const PAGE = 100;

/** What Stripe has of a period: its lists, newest first, by `created`. */
export function stripePeriod(client: Stripe, options: { isLive: boolean }): PeriodSource {
  return {
    provider: 'stripe',
    async events(period, after) {
      const page = await client.events.list(paramsOf(period, after));
      return {
        next: nextOf(page),
        items: page.data
          .map((event) => readEvent(JSON.stringify(event), options))
          .filter((event) => event !== null && event.wakesOrder)
          // Its text is not the one a webhook would carry: there is nothing to compare with.
          .flatMap((event) => (event === null ? [] : [{ ...event, bodyDigest: null }])),
      };
    },

    async payments(period, after) {
      const page = await client.paymentIntents.list(paramsOf(period, after));
      return {
        next: nextOf(page),
        items: page.data.map((intent) => ({
          ...nameOf(intent),
          paymentId: intent.id,
          currency: intent.currency.toUpperCase(),
          amount: intent.amount,
          captured: intent.amount_received,
          open: intent.amount_capturable,
        })),
      };
    },

    async refunds(period, after) {
      const page = await client.refunds.list(paramsOf(period, after));
      return {
        next: nextOf(page),
        items: page.data
          .filter((refund) => !isRelease(refund) && !isRest(refund))
          .map((refund) => toPart(refund, refundState(refund))),
      };
    },
    async disputes(period, after) {
      const page = await client.disputes.list(paramsOf(period, after));
      return {
        next: nextOf(page),
        items: page.data.map((dispute) => toPart(dispute, disputeState(dispute))),
      };
    },
  };
}

/** Given back of what a customer transferred too much: it was never part of a payment. */
const isRest = ({ metadata }: Stripe.Refund): boolean => REST_OF in (metadata ?? {});

/** The API counts in seconds: bounds are widened to whole ones, since seeing a thing twice does no harm. */
const paramsOf = ({ from, to }: Period, after: string | null) => ({
  limit: PAGE,
  created: { gte: Math.floor(from / SECOND_MS), lte: Math.ceil(to / SECOND_MS) },
  ...(after === null ? {} : { starting_after: after }),
});

const nextOf = (page: { has_more: boolean; data: { id: string }[] }): string | null =>
  page.has_more ? (page.data.at(-1)?.id ?? null) : null;

const toPart = (
  { id, amount, currency, payment_intent: payment }: Stripe.Refund | Stripe.Dispute,
  state: ListedPart['state'],
): ListedPart => ({
  id,
  state,
  amount,
  currency: currency.toUpperCase(),
  paymentId: idOf(payment),
});
