import type { PaymentDispute } from '#shared/contracts/payments.ts';
import type { AfterSaleCommand } from '../machine/after-sale/events.ts';
import type { Line, OrderDocument } from '../machine/document.ts';
import type { OrderEvent, PaymentFact } from '../machine/events.ts';
import type { EffectStep } from '../machine/intents.ts';
import { type Outcome, transition } from '../machine/transition.ts';
import { delivered, factOf, lineOf, orderOf } from './documents.ts';

export const AT = 100_000;
export const key = (index: number, values: Partial<Line> = {}): Line =>
  lineOf(index, {
    kind: 'licence',
    stockTracked: false,
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
    ...values,
  });
export const parcel = lineOf(9);
/** A completed order with these lines, of which everything was told that is told of a completed order. */
export const sold = (...lines: Line[]): OrderDocument => ({
  ...orderOf(
    lines.map((line) => delivered(line)),
    {},
  ),
  announced: { events: 3, once: ['order.placed', 'order.paid', 'order.completed'], lines: [] },
});

export type Fact = OrderEvent extends infer Event
  ? Event extends OrderEvent
    ? Omit<Event, 'at'>
    : never
  : never;

/** What the provider says of the order's payment, of which nothing but this is new. */
export const told = ({ payment }: OrderDocument, more: Partial<PaymentFact>): Fact => ({
  type: 'payment.captured',
  payment: factOf(payment.amount, {
    authorised: payment.authorised,
    captured: payment.captured,
    capturable: 0,
    ...more,
  }),
});
export const dispute = (
  state: PaymentDispute['state'],
  amount: number,
  disputeId = 'du_1',
): PaymentDispute => ({
  disputeId,
  amount,
  state,
  reason: 'fraudulent',
  openedAt: 1_000,
});
export const disputed = (document: OrderDocument, ...disputes: PaymentDispute[]): Fact =>
  told(document, { disputes });

export function after(document: OrderDocument, ...facts: Fact[]): Outcome {
  let outcome: Outcome = { document, changed: false, allowed: true, intents: [], notes: [] };
  for (const fact of facts) outcome = transition(outcome.document, { ...fact, at: AT });
  return outcome;
}
export const steps = <Name extends EffectStep['step']>({ intents }: Outcome, step: Name) =>
  intents.flatMap(({ effect }) =>
    effect.step === step ? [effect as Extract<EffectStep, { step: Name }>] : [],
  );
export const typesOf = (outcome: Outcome): string[] =>
  steps(outcome, 'publish').map(({ event }) => event.type);
export const by = { kind: 'operator', id: 'usr_1' } as const;
export const decide = (decision: 'suspend' | 'restore' | 'revoke', ...lines: Line[]) =>
  ({
    type: 'access.decided',
    decision,
    lineIds: lines.map(({ id }) => id),
    by,
    why: 'We looked into it',
  }) as const satisfies AfterSaleCommand;
export const accessOf = (document: OrderDocument) =>
  document.lines.map(({ access }) => (access === undefined ? null : [access.suspended, access.sequence]));
