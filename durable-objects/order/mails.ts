import type { Mail } from '#shared/mail/mail.ts';
import { moneyText } from '#shared/money/money.ts';
import type { OrderDocument } from './machine/document.ts';
import type { MailKind } from './machine/intents.ts';

interface Template {
  subject: (order: OrderDocument) => string;
  lead: (order: OrderDocument) => string;
}

const TEMPLATES: Record<MailKind, Template> = {
  paid: {
    subject: (order) => `Order ${order.number}: payment received`,
    lead: (order) =>
      `Thank you. Your payment of ${totalOf(order)} is confirmed and we are preparing your order. You are charged once everything is ready.`,
  },
  delivered: {
    subject: (order) => `Order ${order.number}: delivered`,
    lead: () => 'Everything you bought is ready. Open the order to get your keys, downloads and access data.',
  },
  cancelled: {
    subject: (order) => `Order ${order.number}: cancelled`,
    lead: (order) => `Your order was cancelled. ${reasonOf(order)} You were not charged.`,
  },
  refunded: {
    subject: (order) => `Order ${order.number}: refunded`,
    lead: (order) =>
      `Your order was cancelled and ${moneyText({ amount: order.payment.refunded, currency: order.currency })} went back to you. ${reasonOf(order)}`,
  },
};

/** The mail of one event of an order. Pure; everything that came from outside is escaped in the HTML part. */
export function orderMail(kind: MailKind, order: OrderDocument, to: string, publicOrigin: string): Mail {
  const template = TEMPLATES[kind];
  const lead = template.lead(order).replaceAll(/\s+/g, ' ').trim();
  const link = `${publicOrigin}/orders/${order.id}`;
  const lines = order.lines.map((line) => ({
    label: `${line.quantity} × ${line.title}${line.variantTitle === '' ? '' : ` (${line.variantTitle})`}`,
    amount: moneyText({ amount: line.unitPrice * line.quantity, currency: order.currency }),
  }));
  return {
    to,
    subject: oneLine(template.subject(order)),
    text: [
      lead,
      '',
      ...lines.map(({ label, amount }) => `${oneLine(label)}: ${amount}`),
      `Total: ${totalOf(order)}`,
      '',
      link,
      '',
    ].join('\n'),
    html: [
      '<!doctype html><html lang="en"><body style="font-family:sans-serif">',
      `<p>${escapeHtml(lead)}</p><table>`,
      ...lines.map(
        ({ label, amount }) =>
          `<tr><td>${escapeHtml(label)}</td><td style="text-align:right">${escapeHtml(amount)}</td></tr>`,
      ),
      `<tr><td><b>Total</b></td><td style="text-align:right"><b>${escapeHtml(totalOf(order))}</b></td></tr></table>`,
      `<p><a href="${escapeHtml(link)}">Order ${escapeHtml(order.number)}</a></p></body></html>`,
    ].join(''),
    idempotencyKey: `${order.id}:mail:${kind}`,
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
