import { buyerIn } from './machine/buyer.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { OrderPorts } from './effects.ts';
import type { OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { fraudOf } from './machine/fraud/record.ts';
import type { EffectStep } from './machine/intents.ts';
import { reviewNotice } from './mails/review-notice.ts';

type AssessStep = Extract<EffectStep, { step: 'fraud.assess' }>;

/** Looks at the risk of the order as it is now. Throws when something does not answer: nothing passes unlooked at. */
export async function assess(
  ports: Pick<OrderPorts, 'fraud' | 'clock'>,
  document: OrderDocument,
  { phase, round }: AssessStep,
  call: CallContext,
): Promise<OrderEvent> {
  const { id, email, createdAt, currency, total, request } = document;
  const { origin, accountCreatedAt, instrument, risk, placing, payment } = fraudOf(document);
  const assessed = await ports.fraud.assess(call, {
    phase,
    orderId: id,
    ...buyerIn(document),
    account: email === null || accountCreatedAt === null ? null : { email, createdAt: accountCreatedAt },
    placedAt: createdAt,
    origin,
    shippingAddress: request.shippingAddress ?? null,
    total: { amount: total, currency },
    instrument,
    risk,
    counts: payment?.counts ?? placing?.counts ?? [],
  });
  return { type: 'fraud.assessed', phase, round, assessed, at: ports.clock.now() };
}

/** Tells operators by mail that an order waits for them; the list of orders says it anyway. */
export async function remind(
  {
    operatorMailTo: to,
    mailer,
    publicOrigin,
  }: Pick<OrderPorts, 'operatorMailTo' | 'mailer' | 'publicOrigin'>,
  document: OrderDocument,
): Promise<void> {
  const notice = reviewNotice(document, { to, publicOrigin });
  if (notice !== null && to !== '') await mailer.send(notice);
}
