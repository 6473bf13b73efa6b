import type { CallContext } from '#shared/contracts/call.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { OrderPorts } from './effects.ts';
import type { OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { fraudOf } from './machine/fraud/record.ts';
import type { EffectStep } from './machine/intents.ts';
import { escaped } from './mails/layout.ts';

type AssessStep = Extract<EffectStep, { step: 'fraud.assess' }>;

/** Looks at the risk of the order as it is now. Throws when something does not answer: nothing passes unlooked at. */
export async function assess(
  ports: Pick<OrderPorts, 'fraud' | 'clock'>,
  document: OrderDocument,
  { phase, round }: AssessStep,
  call: CallContext,
): Promise<OrderEvent> {
  const { id, customerId, email, createdAt, currency, total, request } = document;
  const { origin, accountCreatedAt, instrument, risk, placing, payment } = fraudOf(document);
  const assessed = await ports.fraud.assess(call, {
    phase,
    orderId: id,
    customerId,
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

/** Tells operators by mail that nobody has decided yet; the list of orders says it anyway. */
export async function remind(
  { operatorMailTo, mailer, publicOrigin }: Pick<OrderPorts, 'operatorMailTo' | 'mailer' | 'publicOrigin'>,
  document: OrderDocument,
): Promise<void> {
  const { review, payment, placing } = fraudOf(document);
  if (review === null || operatorMailTo === '') return;
  const { score = 0, hits = [] } = payment ?? placing ?? {};
  const paragraphs = [
    `The order ${document.number} has waited since ${rfc3339(review.since)} for somebody to approve or refuse it.`,
    `When nobody has decided until ${rfc3339(review.until)}, it is undone and the money goes back.`,
    `Score ${score}: ${hits.map(({ reason }) => reason).join('; ')}`,
    `${publicOrigin}/operate/orders/${document.id}`,
  ];
  await mailer.send({
    to: operatorMailTo,
    subject: `Order ${document.number} waits to be reviewed`,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${paragraphs.map((one) => `<p>${escaped(one)}</p>`).join('')}</body></html>`,
    idempotencyKey: `${document.id}:review:${review.since}`,
  });
}
