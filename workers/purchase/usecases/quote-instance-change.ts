import type { CallContext } from '#shared/contracts/call.ts';
import { type DeliverableVariant, isDeliverable } from '#shared/contracts/catalogue.ts';
import type { InstanceQuote, QuoteInstanceChange } from '#shared/contracts/http/instance-changes.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { linePrice, orderPrice } from '#shared/contracts/http/price.ts';
import type { ChangeOrigin, InstanceForSale, LookAtInstance } from '#shared/contracts/instance-changes.ts';
import { type Buyer, customerOf } from '#shared/domain/customer.ts';
import { entitlementsOf } from '#shared/domain/entitlements.ts';
import { partedPrice } from '#shared/domain/pricing/frozen.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { priceOfPlan, priceOfRenewal, type Priced } from './instance-change-price.ts';
import { paidCovers } from './paid-covers.ts';

const QUOTE_TTL_MS = 30 * MINUTE_MS;

type QuotePorts = Pick<Ports, 'order' | 'pricing' | 'provisioner' | 'quotes'>;

/** What is known of an instance and the plan it is to have. */
export interface Asked {
  instance: InstanceForSale;
  order: Order;
  paid: NonNullable<ReturnType<typeof paidCovers>>;
  variant: DeliverableVariant;
  /** Of the plan, at its list's price of today. */
  list: PricedOrder;
  termMs: number | null;
  /** Of the customer's own, or as the order before was taxed. */
  destination: { country: string; region: string | null } | null;
  now: number;
}

/** Promises what another plan, or a further term, costs now. Reads alone, but for the promise it keeps. */
export async function quoteInstanceChange(
  ports: QuotePorts,
  call: CallContext,
  { buyer, wanted, now }: { buyer: Buyer; wanted: QuoteInstanceChange; now: number },
): Promise<Result<InstanceQuote, PurchaseError>> {
  const looked = await lookAt(ports, call, buyer, wanted, now);
  if (!looked.ok) return looked;
  const asked = looked.value;
  const priced = wanted.change === 'plan' ? await priceOfPlan(ports, call, asked) : priceOfRenewal(asked);
  if (!priced.ok) return priced;
  const quote = quoteOf(wanted, asked, priced.value);
  await ports.quotes.keep({ ...quote, customerId: customerOf(buyer), expiresAt: now + QUOTE_TTL_MS }, now);
  return ok(quote.shown);
}

async function lookAt(
  ports: QuotePorts,
  call: CallContext,
  buyer: Buyer,
  wanted: QuoteInstanceChange,
  now: number,
): Promise<Result<Asked, PurchaseError>> {
  const { instanceId } = wanted;
  const customerId = customerOf(buyer);
  const kind = wanted.change === 'plan' ? 'change_plan' : 'renew';
  const look = (plan: LookAtInstance['plan']) =>
    ports.provisioner.lookAtInstance(call, { instanceId, customerId, kind, plan });
  const looked = await look(null);
  if (!looked.ok) return fail({ code: 'unknown_instance' });
  const instance = looked.value;
  if (instance.refused !== null) return fail({ code: 'not_now', detail: instance.refused });
  const order = await ports.order(instance.paidBy.orderId, (paying) => paying.read(call, { as: 'operator' }));
  const paid = order === null ? null : paidCovers(instance, order);
  if (order === null || paid === null) return fail({ code: 'not_now', detail: UNKNOWN_PRICE });
  const place = wanted.destination ?? order.shippingAddress;
  const destination = place === null ? null : { country: place.country, region: place.region ?? null };
  const variantId = wanted.variantId ?? instance.variantId;
  const { resolved, priced } = await ports.pricing.price(call, {
    currency: order.currency,
    lines: [{ variantId, quantity: instance.quantity }],
    codes: [],
    shippingMethodId: null,
    destination,
    customerId,
    orderId: null,
  });
  const [variant] = resolved.variants;
  if (!priced.ok || variant === undefined) return fail(notForSale(priced.ok ? '' : priced.error[0]?.detail));
  if (!isDeliverable(variant)) return fail(refused('is no plan of it: order it anew'));
  if (priced.value.taxMode !== paid.taxMode) return fail({ code: 'not_now', detail: UNKNOWN_PRICE });
  if (wanted.change === 'plan' || variantId !== instance.variantId) {
    const { productId, productVersion, sku, title, variantTitle, fulfilment } = variant;
    const again = await look({ productId, productVersion, variantId, sku, title, variantTitle, fulfilment });
    if (!again.ok) return fail({ code: 'unknown_instance' });
    if (again.value.refused !== null) return fail({ code: 'not_now', detail: again.value.refused });
  }
  const days = entitlementsOf(variant.fulfilment, null).validDays;
  const termMs = days === null ? null : days * DAY_MS;
  return ok({ instance, order, paid, variant, list: priced.value, termMs, destination, now });
}

const UNKNOWN_PRICE = 'What was paid for it cannot be reckoned with: please contact us.';
const refused = (detail: string) => ({
  code: 'refused' as const,
  refusals: [{ pointer: '/variantId', detail }],
  replayed: false,
});
const notForSale = (detail = '') => refused(detail === '' ? 'cannot be bought at the moment' : detail);

function quoteOf(
  { change }: QuoteInstanceChange,
  { instance, variant, order, destination, now }: Asked,
  { priced, covers, cost, unused, days }: Priced,
) {
  const { currency } = order;
  const { lines, totals } = partedPrice(priced);
  const [line] = lines;
  if (line === undefined) throw new Error('a change has a line');
  const money = (amount: number) => ({ amount, currency });
  const endsAt = covers.at(-1)?.to ?? null;
  const isLater = change === 'renewal' && variant.variantId !== instance.variantId;
  const shown: InstanceQuote = {
    id: newId('quote'),
    instanceId: instance.instanceId,
    change,
    title: variant.title,
    plan: { variantId: variant.variantId, sku: variant.sku, variantTitle: variant.variantTitle },
    presentPlan: { variantId: instance.variantId, variantTitle: instance.variantTitle },
    takesEffect: isLater ? 'with_next_term' : 'at_once',
    endsAt: endsAt === null ? null : rfc3339(endsAt),
    cost: money(cost),
    unused: money(unused),
    line: linePrice(currency, line),
    price: orderPrice(totals, lines),
    total: money(priced.total),
    expiresAt: rfc3339(now + QUOTE_TTL_MS),
  };
  const changeOf: ChangeOrigin = {
    instanceId: instance.instanceId,
    kind: change === 'plan' ? 'change_plan' : 'renew',
    expects: { variantId: instance.variantId, endsAt: instance.endsAt },
    days,
    taxMode: priced.taxMode,
    covers,
  };
  const request = {
    currency,
    lines: [
      {
        variantId: variant.variantId,
        quantity: line.quantity,
        customisation: instance.customisation,
      },
    ],
    ...(destination === null
      ? {}
      : {
          destination: {
            country: destination.country,
            ...(destination.region === null ? {} : { region: destination.region }),
          },
        }),
  };
  return { shown, priced, changeOf, request };
}
