import type { CallContext } from '#shared/contracts/call.ts';
import { type Order, PAYMENT_WINDOW_SECONDS } from '#shared/contracts/http/orders.ts';
import type { InstanceForSale } from '#shared/contracts/instance-changes.ts';
import type { Result } from '#shared/domain/result.ts';
import { UNKNOWN_ORIGIN } from '#objects/fraud/face.ts';
import { log } from '#shared/observability/log.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import type { RenewalRow } from '../queries/instance-renewals.ts';
import { orderInstanceChange } from './order-instance-change.ts';
import type { Placed } from './place-order.ts';
import { quoteInstanceChange } from './quote-instance-change.ts';
import { renewalMail } from './renewal-mail.ts';

/** Before the end of a term: its owner is reminded, then charged. */
export const REMIND_MS = 7 * DAY_MS;
export const CHARGE_MS = DAY_MS;
/** An order that was not paid is followed by another one, all within the grace after the end of the term. */
const AGAIN_AFTER_MS = 3 * DAY_MS;
export const ATTEMPTS_MAX = 4;

const LEASE_MS = 5 * MINUTE_MS;
const LOOK_AGAIN_MS = 15 * MINUTE_MS;
const HINDERED_MS = 6 * HOUR_MS;

type RenewalPorts = Pick<
  Ports,
  | 'buyer'
  | 'order'
  | 'pricing'
  | 'provisioner'
  | 'quotes'
  | 'renewals'
  | 'mailer'
  | 'contactOf'
  | 'publicOrigin'
>;
interface Renewing {
  ports: RenewalPorts;
  call: CallContext;
  row: RenewalRow;
  now: number;
}

/** Brings what renews by itself a stage further. Safe at any time and twice at once; answers with how many. */
export async function renewDue(
  ports: RenewalPorts,
  requestId: string,
  now: number,
  limit: number,
): Promise<number> {
  const due = await ports.renewals.take(now, now + LEASE_MS, limit);
  for (const row of due) {
    await renew({ ports, call: { requestId }, row, now }).catch((error: unknown) => {
      log.error('renewal not carried on', { requestId, instanceId: row.instanceId, error });
    });
  }
  return due.length;
}

async function renew(renewing: Renewing): Promise<void> {
  const { ports, call, row } = renewing;
  const { instanceId, customerId, orderId } = row;
  if (orderId !== null) {
    const order = await ports.order(orderId, (paying) => paying.read(call, { as: 'operator' }));
    return afterOrder(renewing, order);
  }
  const looked = await ports.provisioner.lookAtInstance(call, {
    instanceId,
    customerId,
    kind: 'renew',
    plan: null,
  });
  const contact = await ports.contactOf(call, { userId: customerId });
  // Handed on, ended or for ever, or nobody's any more: what was agreed is about nothing.
  if (!looked.ok || looked.value.endsAt === null || contact === null) {
    await ports.renewals.forget(instanceId, customerId);
    return;
  }
  if (row.quoteId !== null) return pay(renewing, row.quoteId);
  return beforeOrder(renewing, looked.value, looked.value.endsAt);
}

async function beforeOrder(renewing: Renewing, instance: InstanceForSale, endsAt: number): Promise<void> {
  const { ports, row, now } = renewing;
  const waitUntil = (lookAt: number) => ports.renewals.note(row, { lookAt });
  if (now < endsAt - REMIND_MS) return waitUntil(endsAt - REMIND_MS);
  if (instance.refused !== null) return waitUntil(now + HINDERED_MS);
  const isReminded = row.remindedOf === endsAt;
  if (isReminded && now < endsAt - CHARGE_MS) return waitUntil(endsAt - CHARGE_MS);
  const quoted = await quoteInstanceChange(ports, renewing.call, {
    buyer: { personId: row.customerId, organisationId: null },
    wanted: {
      change: 'renewal',
      instanceId: row.instanceId,
      ...(row.destination === null ? {} : { destination: row.destination }),
    },
    now,
  });
  if (!quoted.ok) return quoted.error.code === 'not_now' ? waitUntil(now + HINDERED_MS) : giveUp(renewing);
  if (!isReminded) {
    await tell(renewing, `${endsAt}:reminder`, { kind: 'reminder', quote: quoted.value, endsAt });
    const lookAt = Math.max(endsAt - CHARGE_MS, now + LOOK_AGAIN_MS);
    return ports.renewals.note(row, { remindedOf: endsAt, lookAt });
  }
  // Written down first: whatever is lost from here on, the same quote becomes the same order.
  await ports.renewals.note(row, { quoteId: quoted.value.id, state: 'paying' });
  return pay(renewing, quoted.value.id);
}

async function pay(renewing: Renewing, quoteId: string): Promise<void> {
  const { ports, call, row, now } = renewing;
  const { customerId: personId, methodId: paymentMethodId, locale } = row;
  const ordered: Result<Placed, PurchaseError> = await orderInstanceChange(ports, call, {
    buyer: { personId, organisationId: null },
    key: `renewal:${quoteId}`,
    // As long as can be, for the owner to confirm with his bank or to pay otherwise.
    wanted: { quoteId, paymentMethodId, locale, paymentWindowSeconds: PAYMENT_WINDOW_SECONDS.max },
    origin: UNKNOWN_ORIGIN,
    now,
  });
  if (ordered.ok) {
    const { id } = ordered.value.order;
    log.info('renewal ordered', { ...call, instanceId: row.instanceId, orderId: id });
    return ports.renewals.note(row, { orderId: id, quoteId: null, lookAt: now + MINUTE_MS });
  }
  if (ordered.error.code === 'in_flight') return ports.renewals.note(row, { lookAt: now + MINUTE_MS });
  if (ordered.error.code === 'quote_ended') return ports.renewals.note(row, { quoteId: null, lookAt: now });
  return notPaid(renewing);
}

const NOT_PAID: ReadonlySet<Order['state']> = new Set<Order['state']>(['cancelled', 'refunded']);

async function afterOrder(renewing: Renewing, order: Order | null): Promise<void> {
  const { ports, row, now } = renewing;
  if (order === null || NOT_PAID.has(order.state)) return notPaid(renewing);
  if (order.state !== 'completed') return ports.renewals.note(row, { lookAt: now + LOOK_AGAIN_MS });
  return ports.renewals.note(row, { state: 'on', attempts: 0, quoteId: null, orderId: null, lookAt: now });
}

async function notPaid(renewing: Renewing): Promise<void> {
  const { ports, row, now } = renewing;
  const attempts = row.attempts + 1;
  if (attempts >= ATTEMPTS_MAX) return giveUp(renewing);
  const none = { quoteId: null, orderId: null };
  return ports.renewals.note(row, { ...none, state: 'on', attempts, lookAt: now + AGAIN_AFTER_MS });
}

/** From here on its term ends as any does: suspended, and removed after its grace, unless its owner renews it. */
async function giveUp(renewing: Renewing): Promise<void> {
  const { ports, row } = renewing;
  log.warn('renewal given up', { ...renewing.call, instanceId: row.instanceId });
  await tell(renewing, `${row.remindedOf}:stopped`, { kind: 'stopped' });
  const none = { quoteId: null, orderId: null, lookAt: null };
  await ports.renewals.note(row, { ...none, state: 'failed', attempts: ATTEMPTS_MAX });
}

async function tell(
  { ports, call, row }: Renewing,
  about: string,
  news: Parameters<typeof renewalMail>[0],
): Promise<void> {
  const { instanceId, customerId: userId, locale } = row;
  const contact = await ports.contactOf(call, { userId });
  if (contact === null) return;
  const link = `${ports.publicOrigin}/owned/${instanceId}/plans`;
  const idempotencyKey = `renewal:${instanceId}:${about}`;
  await ports.mailer.send({ ...renewalMail(news, { locale, link }), to: contact.email, idempotencyKey });
}
