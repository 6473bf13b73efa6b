import type { PublicEventType } from '#shared/contracts/order-events.ts';
import { disputesOf } from './disputes.ts';
import type { Dispute, OrderDocument } from './document.ts';
import type { Intent, MailStep, NoticeStep } from './intents.ts';
import { intentAs } from './keys.ts';
import { outsideOf } from './money.ts';

/*
 * What a step of the machine learned of money that moved past the order: for merchants' systems, for the shop's own staff
 * and, where something was suspended or given back, for the customer. Computed from the difference the step made.
 */

export interface DisputeNews {
  type: Extract<PublicEventType, `order.dispute_${string}`>;
  dispute: Dispute;
}

/** One that is first heard of when it is decided is told as opened, then as decided. */
export function disputeNews(before: OrderDocument, after: OrderDocument): DisputeNews[] {
  const known = new Map(disputesOf(before).map((dispute) => [dispute.disputeId, dispute.state]));
  return disputesOf(after).flatMap((dispute): DisputeNews[] => {
    const was = known.get(dispute.disputeId) ?? null;
    if (was === dispute.state) return [];
    const isOpened = was === null || (was === 'warning' && dispute.state === 'open');
    return [
      ...(isOpened ? [{ type: 'order.dispute_opened' as const, dispute }] : []),
      ...(dispute.state === 'won' ? [{ type: 'order.dispute_won' as const, dispute }] : []),
      ...(dispute.state === 'lost' ? [{ type: 'order.dispute_lost' as const, dispute }] : []),
    ];
  });
}

/** Given back past the order in this step, minor units; 0: nothing. */
export const refundedOutsideNow = (before: OrderDocument, after: OrderDocument): number =>
  Math.max(0, outsideOf(after) - outsideOf(before));

const ABOUT = {
  'order.dispute_opened': 'dispute_opened',
  'order.dispute_won': 'dispute_won',
  'order.dispute_lost': 'dispute_lost',
} as const satisfies Record<DisputeNews['type'], NoticeStep['about']>;

function disputeNotice(about: NoticeStep['about'], dispute: Dispute): NoticeStep {
  const { disputeId, amount, stated, reason, dueBy = null } = dispute;
  return {
    step: 'notice',
    id: `${about}:${disputeId}`,
    about,
    amount,
    ...(stated && { stated }),
    ...(dueBy !== null && { dueBy }),
    disputeId,
    reason,
  };
}

/** Disputes whose loss may be appealed, newly so. */
function appealsNow(before: OrderDocument, after: OrderDocument): Dispute[] {
  const known = new Set(disputesOf(before).filter(isAppealable).map(appealOf));
  return disputesOf(after).filter((dispute) => isAppealable(dispute) && !known.has(appealOf(dispute)));
}
const isAppealable = ({ appealed, dueBy = null }: Dispute): boolean => appealed === true && dueBy !== null;
const appealOf = ({ disputeId, dueBy = null }: Dispute): string => `dispute_appeal:${disputeId}:${dueBy}`;

/** One for each deadline of a dispute. */
const reminderOf = ({ disputeId, dueBy = null }: Dispute): string => `evidence_due:${disputeId}:${dueBy}`;
const remindersOf = (document: OrderDocument): string[] =>
  disputesOf(document)
    .filter(({ reminded }) => reminded === true)
    .map(reminderOf);

/** Mails to the shop's own staff. */
export function notices(before: OrderDocument, after: OrderDocument): Intent[] {
  const told = disputeNews(before, after).map(({ type, dispute }) =>
    disputeNotice(dispute.state === 'warning' ? 'payment_inquiry' : ABOUT[type], dispute),
  );
  const appeals = appealsNow(before, after).map((dispute) => ({
    ...disputeNotice('dispute_appeal', dispute),
    id: appealOf(dispute),
  }));
  const reminded = new Set(remindersOf(before));
  const due = disputesOf(after)
    .filter((dispute) => dispute.reminded === true && !reminded.has(reminderOf(dispute)))
    .map((dispute) => ({ ...disputeNotice('evidence_due', dispute), id: reminderOf(dispute) }));
  const outside = refundedOutsideNow(before, after);
  const refund: NoticeStep = {
    step: 'notice',
    id: `refunded_outside:${before.version}`,
    about: 'refunded_outside',
    amount: outside,
    disputeId: null,
    reason: null,
  };
  const back = Math.max(0, outsideOf(before) - outsideOf(after));
  const cameBack: NoticeStep = {
    ...refund,
    id: `refund_came_back:${before.version}`,
    about: 'refund_came_back',
    amount: back,
  };
  return [...told, ...appeals, ...due, ...(outside > 0 ? [refund] : []), ...(back > 0 ? [cameBack] : [])].map(
    (step) => intentAs(`notice:${step.id}`, 'notice', step),
  );
}

/** Mails to the customer about what was put out of his reach, or given back to him. */
export function accessMails(before: OrderDocument, after: OrderDocument): MailStep[] {
  const turned = after.lines.filter(({ id, access }) => {
    const was = before.lines.find((line) => line.id === id)?.access?.suspended ?? false;
    return access !== undefined && access.suspended !== was;
  });
  const shut = turned.filter(({ access }) => access?.suspended === true);
  const open = turned.filter(({ access }) => access?.suspended === false);
  const reason = shut[0]?.access?.reason;
  const idsOf = (lines: typeof turned): string[] => lines.map(({ id }) => id);
  return [
    ...(reason === undefined
      ? []
      : [
          {
            step: 'mail' as const,
            id: `suspended:${before.version}`,
            mail: 'suspended' as const,
            lineIds: idsOf(shut),
            suspension: reason,
          },
        ]),
    ...(open.length === 0
      ? []
      : [
          {
            step: 'mail' as const,
            id: `resumed:${before.version}`,
            mail: 'resumed' as const,
            lineIds: idsOf(open),
          },
        ]),
  ];
}
