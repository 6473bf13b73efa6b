import type { Delivery } from '#shared/contracts/http/orders.ts';

/** The four dimensions of the matrix. */

/**
 * How the customer pays, and for what. `saved`: a kept card, charged while he is away; `typed_ach`: an account whose number he
 * types, which is verified with small deposits first; `nothing`: the order costs nothing; `plan_change`, `renewal`: a card, for
 * another plan or a further term of what he owns; `gift_card` pays for everything, `gift_card_part` beside a card of a bank.
 */
export const METHODS = [
  'card',
  'challenged_card',
  'wallet',
  'saved',
  'sepa',
  'ach',
  'typed_ach',
  'transfer',
  'nothing',
  'gift_card',
  'gift_card_part',
  'plan_change',
  'renewal',
] as const;
export type Method = (typeof METHODS)[number];

/** Nothing new is made: what the customer owns is changed, once, exactly when its order stands. */
const CHANGES = ['plan_change', 'renewal'] as const;
export const isChange = (method: Method): method is (typeof CHANGES)[number] =>
  CHANGES.some((change) => change === method);

export const DECLINES = [
  'generic_decline',
  'insufficient_funds',
  'lost_card',
  'stolen_card',
  'expired_card',
  'incorrect_cvc',
  'processing_error',
  'card_velocity_exceeded',
  'fraudulent',
] as const;

/** What comes of it. */
export const OUTCOMES = [
  'succeeds',
  ...DECLINES.map((kind) => `declined: ${kind}` as const),
  'authentication failed',
  'authentication abandoned',
  'settles late',
  'fails late',
  'dispute won',
  'dispute lost',
  'refunded outside',
  'partly refunded outside',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** When money is taken: with everything delivered, part by part, or as soon as the customer agrees. */
export const CAPTURES = ['together', 'as_ready', 'at_once'] as const;
export type Capture = (typeof CAPTURES)[number];
export const deliveryOf = (capture: Capture): Delivery => (capture === 'as_ready' ? 'as_ready' : 'together');

/** How the provider's webhooks arrive. */
export const WEBHOOKS = ['in order', 'reversed', 'duplicated', 'dropped, then reconciled'] as const;
export type Webhooks = (typeof WEBHOOKS)[number];

export interface Combination {
  method: Method;
  outcome: Outcome;
  capture: Capture;
  webhooks: Webhooks;
}

export const nameOf = ({ method, outcome, capture, webhooks }: Combination): string =>
  `${method} · ${outcome} · ${capture} · ${webhooks}`;

export const COMBINATIONS: readonly Combination[] = METHODS.flatMap((method) =>
  OUTCOMES.flatMap((outcome) =>
    CAPTURES.flatMap((capture) => WEBHOOKS.map((webhooks) => ({ method, outcome, capture, webhooks }))),
  ),
);
