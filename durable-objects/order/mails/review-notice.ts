import type { Mail } from '#shared/mail/mail.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { OrderDocument } from '../machine/document.ts';
import { fraudOf } from '../machine/fraud/record.ts';
import { asHtml, asText, type MailContent } from './layout.ts';

/** Tells the shop's own staff, in English, that an order waits for them. Pure. Null: it does not. */
export function reviewNotice(
  order: OrderDocument,
  { to, publicOrigin }: { to: string; publicOrigin: string },
): Mail | null {
  const { review, payment, placing } = fraudOf(order);
  if (review === null || review.decision !== null) return null;
  const { score = 0, hits = [] } = payment ?? placing ?? {};
  const ends =
    order.state === 'in_review'
      ? `Until ${rfc3339(review.until)}: then it is undone, and the money goes back.`
      : 'Nothing more is made, charged or handed over meanwhile. An early refund can spare a dispute.';
  const content: MailContent = {
    language: 'en',
    subject: `Order ${order.number}: waits to be reviewed`,
    paragraphs: [`It has waited since ${rfc3339(review.since)} for somebody to approve or refuse it.`, ends],
    table: {
      head: ['What was found', 'Score'],
      rows: hits.map((hit) => ({ label: hit.reason, amount: String(hit.score), detail: hit.finding })),
      totals: [{ label: 'Score', amount: String(score), strong: true }],
    },
    links: [{ href: `${publicOrigin}/operate/${order.id}`, label: 'Open the order' }],
  };
  return {
    to,
    subject: content.subject,
    text: asText(content),
    html: asHtml(content),
    idempotencyKey: `${order.id}:review:${review.since}`,
  };
}
