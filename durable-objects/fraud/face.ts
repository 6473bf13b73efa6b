import type { Buyer } from '#shared/domain/customer.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { PaymentInstrument, PaymentRisk } from '#shared/contracts/payments.ts';
import { z } from 'zod';
import { type Address, countrySchema } from '#shared/domain/address.ts';
import type { Scored } from '#shared/domain/fraud/score.ts';
import type { Count } from '#shared/domain/fraud/signals.ts';
import type { Money } from '#shared/money/money.ts';

/** Where an order came from, as the front door saw it. */
export interface ClientOrigin {
  /** Keyed digest of the network address; the address itself is never kept. */
  addressKey: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
}
export const originSchema = z.strictObject({
  addressKey: z.string().max(100).nullable(),
  country: countrySchema.nullable(),
});
export const UNKNOWN_ORIGIN: ClientOrigin = { addressKey: null, country: null };

/** `placing`: before anything is held. `paid`: before stock is taken. `later`: news of a payment that was assessed. */
export type Phase = 'placing' | 'paid' | 'later';

export interface AssessRequest extends Buyer {
  phase: Phase;
  orderId: string;
  /** Null: not known, it is asked for. */
  account: { email: string; createdAt: number | null } | null;
  /** Epoch milliseconds. */
  placedAt: number;
  origin: ClientOrigin;
  shippingAddress: Address | null;
  total: Money;
  instrument: PaymentInstrument | null;
  risk: PaymentRisk | null;
  /** What was counted for this order before. */
  counts: readonly Count[];
}

/** What the shop has set beside its rules, as it stood at the assessment. */
export interface Policy {
  /** How long an order may wait for a person, and after how long operators are reminded. */
  reviewMs: number;
  remindMs: number;
  /** A decision in the payment service's own review counts here as well. */
  providerReviewDecides: boolean;
  /** What a suspicion after the delivery does to what was delivered. */
  afterDelivery: 'suspend' | 'keep';
}

export interface Assessed extends Scored {
  counts: Count[];
  policy: Policy;
}

/** Looks at one order by the shop's rules. Safe to repeat. Throws when something it needs does not answer. */
export interface FraudAssessor {
  assess(call: CallContext, request: AssessRequest): Promise<Assessed>;
}
