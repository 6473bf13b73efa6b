import type { Mail } from '#shared/mail/mail.ts';
import { moneyText } from '#shared/money/money.ts';
import type { OrderDocument } from './machine/document.ts';
import { refundedOf } from './machine/money.ts';
import type { MailKind, MailStep } from './machine/intents.ts';

interface Template {
  subject: (order: OrderDocument) => string;
  lead: (order: OrderDocument, step: MailStep) => string;
}

const TEMPLATES: Record<MailKind, Template> = {
  placed: {
    subject: (order) => `Order ${order.number}: placed`,
    lead: (order) =>
      order.total === 0
        ? 'Thank you for your order. There is nothing to pay.'
        : `Thank you for your order. It costs ${totalOf(order)}. Open it to see whether it still waits for your payment.`,
  },
  pay_again: {
    subject: (order) => `Order ${order.number}: please pay again`,
    lead: (order) =>
      `Your payment of ${totalOf(order)} did not go through. Open the order to pay another way.`,
  },
  part_delivered: {
    subject: (order) => `Order ${order.number}: a part is ready`,
    lead: () => 'A part of your order is ready or was handed to the carrier. The rest follows.',
  },
  part_refunded: {
    subject: (order) => `Order ${order.number}: refund`,
    lead: (order, { amount }) =>
      `${moneyText({ amount: amount ?? 0, currency: order.currency })} went back to you.`,
  },
  reserved: {
    subject: (order) => `Order ${order.number}: payment approved`,
    lead: (order) =>
      `Thank you. ${totalOf(order)} is reserved with your card, and we are preparing your order. Nothing is charged until everything is ready.`,
  },
  paid: {
    subject: (order) => `Order ${order.number}: payment received`,
    lead: (order) =>
      `Thank you. Your payment of ${totalOf(order)} was received, and we are preparing your order.`,
  },
  delivered: {
    subject: (order) => `Order ${order.number}: complete`,
    lead: deliveredText,
  },
  cancelled: {
    subject: (order) => `Order ${order.number}: cancelled`,
    lead: (order) => `Your order was cancelled. ${reasonOf(order)} You were not charged.`,
  },
  refunded: {
    subject: (order) => `Order ${order.number}: refunded`,
    lead: (order) =>
      `Your order was cancelled and ${moneyText({ amount: refundedOf(order), currency: order.currency })} went back to you. ${reasonOf(order)}`,
  },
};

const DETAILED: ReadonlySet<MailKind> = new Set<MailKind>(['delivered', 'part_delivered']);

/** What is ready can be opened; a parcel that was handed over is on its way, not there. */
function deliveredText({ lines }: OrderDocument): string {
  const parcels = lines.filter((line) => line.kind === 'physical').length;
  if (parcels === 0) return 'Everything you bought is ready. Open the order to use it.';
  if (parcels === lines.length) return 'Everything you bought was handed to the carrier.';
  return 'What you bought is ready or was handed to the carrier. Open the order to use what is ready.';
}

/** The mail of one event of an order. Pure; everything that came from outside is escaped in the HTML part. */
export function orderMail(step: MailStep, order: OrderDocument, to: string, publicOrigin: string): Mail {
  const template = TEMPLATES[step.mail];
  const lead = template.lead(order, step).replaceAll(/\s+/g, ' ').trim();
  const link = `${publicOrigin}/orders/${order.id}`;
  const told = order.lines.filter((line) => step.lineIds?.includes(line.id) ?? true);
  const lines = told.map((line) => ({
    label: `${line.quantity} × ${line.title}${line.variantTitle === '' ? '' : ` (${line.variantTitle})`}`,
    amount: moneyText({ amount: line.price.total, currency: order.currency }),
    detail: DETAILED.has(step.mail) ? line.detail : '',
  }));
  return {
    to,
    subject: oneLine(template.subject(order)),
    text: [
      lead,
      '',
      ...lines.flatMap(({ label, amount, detail }) => [
        `${oneLine(label)}: ${amount}`,
        ...(detail === '' ? [] : [`  ${oneLine(detail)}`]),
      ]),
      `Total: ${totalOf(order)}`,
      '',
      link,
      '',
    ].join('\n'),
    html: [
      '<!doctype html><html lang="en"><body style="font-family:sans-serif">',
      `<p>${escapeHtml(lead)}</p><table>`,
      ...lines.map(
        ({ label, amount, detail }) =>
          `<tr><td>${escapeHtml(label)}${detail === '' ? '' : `<br>${escapeHtml(detail)}`}</td><td style="text-align:right">${escapeHtml(amount)}</td></tr>`,
      ),
      `<tr><td><b>Total</b></td><td style="text-align:right"><b>${escapeHtml(totalOf(order))}</b></td></tr></table>`,
      `<p><a href="${escapeHtml(link)}">Order ${escapeHtml(order.number)}</a></p></body></html>`,
    ].join(''),
    idempotencyKey: `${order.id}:mail:${step.id}`,
  };
}

const totalOf = (order: OrderDocument): string =>
  moneyText({ amount: order.total, currency: order.currency });
const reasonOf = (order: OrderDocument): string => order.reason?.text ?? '';
/** A line break in a title must not become a mail header or a line of its own. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n\t]+/g, ' ');

const HTML_ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
