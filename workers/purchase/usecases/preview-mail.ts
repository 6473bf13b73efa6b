import type { OrderDocument } from '#objects/order/machine/document.ts';
import { newDocument } from '#objects/order/machine/new-document.ts';
import { orderMail, type Wording } from '#objects/order/mails.ts';
import { placeOrderSchema } from '#shared/contracts/http/orders.ts';
import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { Language } from '#shared/domain/locale.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS } from '#shared/time/time.ts';

/** The mail as a customer would get it, of an order that never was. */
export function previewMail(
  input: { kind: MailKind; language: Language; wording: Partial<Wording> | null; publicOrigin: string },
  now: number,
): { subject: string; text: string; html: string } {
  const { kind, language, wording, publicOrigin } = input;
  const order = sampleOrder(kind, language, now);
  const amount = kind === 'part_refunded' ? { amount: 900 } : {};
  const { subject, text, html } = orderMail({ step: 'mail', id: 'preview', mail: kind, ...amount }, order, {
    to: 'customer@example.com',
    publicOrigin,
    wording,
  });
  return { subject, text, html };
}

const ARTICLES = [
  { kind: 'licence', title: 'Editor', variantTitle: 'Team', unitPrice: 4_900, quantity: 2 },
  { kind: 'physical', title: 'Field notes', variantTitle: '', unitPrice: 900, quantity: 1 },
] as const;

function sampleOrder(kind: MailKind, language: Language, now: number): OrderDocument {
  const lines = ARTICLES.map(({ kind: article, title, variantTitle, unitPrice, quantity }) => ({
    id: newId('line'),
    instanceId: newId('instance'),
    workflowId: 'preview',
    productId: newId('product'),
    productVersion: 1,
    variantId: newId('variant'),
    sku: 'SAMPLE',
    kind: article,
    title,
    variantTitle,
    price: plainLine(unitPrice, quantity),
    quantity,
    stockTracked: false,
    fulfilment: { template: 'parcel' as const, weightGrams: 0 },
    customisation: {},
    released: true,
    deliveredAt: null,
    revoked: 'no' as const,
    state: 'delivered' as const,
    detail: '',
  }));
  const request = placeOrderSchema.parse({
    currency: 'EUR',
    lines: lines.map(({ variantId, quantity }) => ({ variantId, quantity })),
    locale: language,
  });
  const pricing = totalsOf(
    { currency: 'EUR', taxMode: 'inclusive', destination: { country: 'DE', region: null }, promotions: [] },
    lines.map((line) => line.price),
    null,
  );
  const document = newDocument({
    id: newId('order'),
    number: 'TP-7K3M9Q2X',
    customerId: newId('user'),
    request,
    lineIds: [],
    at: now,
  });
  const ended = kind === 'cancelled' || kind === 'refunded';
  const paidBack = kind === 'refunded' ? pricing.total : 0;
  return {
    ...document,
    lines,
    pricing,
    total: pricing.total,
    dueAt: now + DAY_MS,
    reason: ended ? { code: 'cancelled_by_customer', text: 'Cancelled at the customer’s request.' } : null,
    payment: { ...document.payment, captured: paidBack, refunded: paidBack },
  };
}
