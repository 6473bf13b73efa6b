import type { Mail } from '#shared/mail/mail.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { disputedText } from '../machine/disputes.ts';
import type { OrderDocument } from '../machine/document.ts';
import type { NoticeStep } from '../machine/intents.ts';
import { asHtml, asText, type MailContent } from './layout.ts';

const WORDS: Record<NoticeStep['about'], { subject: string; paragraphs: string[] }> = {
  payment_inquiry: {
    subject: 'the bank asks about the payment',
    paragraphs: [
      'The customer’s bank asks about this payment. No money has moved and nothing is suspended.',
      'Answer at the payment service while there is time: an inquiry without an answer becomes a dispute.',
    ],
  },
  dispute_opened: {
    subject: 'the payment is disputed',
    paragraphs: [
      'The customer’s bank has taken the payment back until the dispute is decided. What was delivered is suspended where its product’s rule says so; what was not delivered is not delivered any more.',
      'Hand in evidence at the payment service while there is time.',
    ],
  },
  evidence_due: {
    subject: 'the time for evidence ends',
    paragraphs: [
      'A dispute, or a question of the customer’s bank, has had no answer yet. Without evidence it is lost.',
      'Hand in evidence at the payment service. This is said once.',
    ],
  },
  dispute_appeal: {
    subject: 'the lost dispute can be appealed',
    paragraphs: [
      'The bank decided for the customer, and takes an appeal. The money stays with the customer meanwhile.',
      'Appeal at the payment service while there is time, or let it be lost.',
    ],
  },
  dispute_won: {
    subject: 'the dispute is won',
    paragraphs: ['The payment stands. What the dispute had suspended is given back to the customer.'],
  },
  dispute_lost: {
    subject: 'the dispute is lost',
    paragraphs: [
      'The money stays with the customer. What was suspended stays suspended.',
      'Open the order: give back its use, take it back for good, or leave it as it is.',
    ],
  },
  refund_came_back: {
    subject: 'a refund came back',
    paragraphs: [
      'A refund that was made at the payment service came back from the customer’s bank: the money is here again.',
      'What it had suspended is given back to the customer, unless one of you had decided about it. Open the order: refund it in another way, or leave it as it is.',
    ],
  },
  refunded_outside: {
    subject: 'refunded at the payment service',
    paragraphs: [
      'Money went back to the customer that the order had not asked for.',
      'Open the order: give back the use of what was delivered, take it back for good, or leave it as it is.',
    ],
  },
};

const detailOf = (reason: string | null, dueBy: number | undefined): string =>
  [reason, dueBy === undefined ? null : `evidence until ${rfc3339(dueBy)}`]
    .filter((part) => part !== null)
    .join(', ');

/** Tells the shop's own staff, in English, what a bank or the provider did with the money of an order. Pure. */
export function staffNotice(
  { id, about, reason, ...step }: NoticeStep,
  order: OrderDocument,
  { to, publicOrigin }: { to: string; publicOrigin: string },
): Mail {
  const { subject, paragraphs } = WORDS[about];
  const content: MailContent = {
    language: 'en',
    subject: `Order ${order.number}: ${subject}`,
    paragraphs,
    table: {
      head: ['About', 'Amount'],
      rows: [
        {
          label: reason === null ? 'Refund' : 'Dispute',
          amount: disputedText(step, order.currency),
          detail: detailOf(reason, step.dueBy),
        },
      ],
      totals: [],
    },
    links: [{ href: `${publicOrigin}/operate/${order.id}`, label: 'Open the order' }],
  };
  return {
    to,
    subject: content.subject,
    text: asText(content),
    html: asHtml(content),
    idempotencyKey: `${order.id}:notice:${id}`,
  };
}
