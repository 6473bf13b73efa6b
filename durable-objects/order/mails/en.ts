import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { DeliveredCode } from '#shared/contracts/messages.ts';
import type { SuspensionReason } from '#shared/domain/suspension.ts';
import type { ReasonCode } from '../machine/reasons.ts';

/** What merchants may put in their own words: the subject and the first paragraph of each kind of mail. */
export interface Wording {
  subject: string;
  lead: string;
}
/**
 * Everything a mail to a customer can say. `{number}`, `{total}`, `{byGiftCard}`, `{amount}`, `{due}` and `{reason}` are filled in;
 * `{amount}` is what goes back, and what the payment asks for, which is less than `{total}` where gift cards pay a part. A
 * language that lacks a word, or a reason to end an order without one, does not compile.
 */
export interface Messages {
  mails: Record<MailKind, Wording>;
  /** Instead of `lead`, where the order asks for other words. */
  leads: {
    placedFree: string;
    /** Where gift cards pay for everything, and where they pay a part. */
    reservedByGiftCard: string;
    reservedInPartByGiftCard: string;
    deliveredParcels: string;
    deliveredMixed: string;
    deliveredInPart: string;
    deliveredInPartSubject: string;
    /** Of a line that could not be delivered. */
    lineNotCharged: string;
    lineGoesBack: string;
    refundedNothing: string;
    /** Of an order that was charged, and that a person ended without giving anything back. */
    cancelledAfterCharge: string;
  };
  /** What became of a line that was handed over, as the provisioner tells it; `{carrier}` and `{trackingCode}` are filled in. */
  details: Record<DeliveredCode, string>;
  /** Why something is suspended, and what the customer can do. */
  suspensions: Record<SuspensionReason, string>;
  /** Why an order ended, without particulars. */
  reasons: Record<ReasonCode, string>;
  labels: {
    article: string;
    amount: string;
    shipping: string;
    tax: string;
    total: string;
    /** A part of the total. */
    byGiftCard: string;
    charged: string;
    refunded: string;
    open: string;
    verify: string;
    why: string;
    declined: string;
  };
}

export const en: Messages = {
  mails: {
    placed: {
      subject: 'Order {number}: placed',
      lead: 'Thank you for your order. It costs {total}. If you have not paid yet, you can until {due}.',
    },
    reserved: {
      subject: 'Order {number}: payment approved',
      lead: 'Thank you. {total} is reserved with your card, and we are preparing your order. Nothing is charged until it is ready.',
    },
    paid: {
      subject: 'Order {number}: payment received',
      lead: 'Thank you. Your payment of {amount} was received, and we are preparing your order.',
    },
    in_review: {
      subject: 'Order {number}: we are checking your order',
      lead: 'Thank you for your order of {total}. We are checking it before we prepare it, and tell you as soon as it goes on. You need not do anything.',
    },
    confirm_payment: {
      subject: 'Order {number}: please confirm the payment',
      lead: 'The payment of {amount} needs you: your bank asks you to confirm it, or the method you kept was not accepted. Open the order and pay until {due}; then the order ends.',
    },
    verify_account: {
      subject: 'Order {number}: please verify your bank account',
      lead: 'Small deposits are on their way to your bank account, which takes one or two working days. Tell the payment service what came, at the link below, until {due}: then {amount} can be debited. Otherwise the order ends.',
    },
    pay_again: {
      subject: 'Order {number}: please pay again',
      lead: 'Your payment of {amount} did not go through. Open the order and pay another way until {due}; then the order ends.',
    },
    renew: {
      subject: 'Order {number}: please approve the payment again',
      lead: 'Your card has reserved {amount} for as long as it can. Open the order and approve the payment again, so that we can go on. You are charged once.',
    },
    part_delivered: {
      subject: 'Order {number}: a part is ready',
      lead: 'A part of your order is ready or was handed to the carrier. The rest follows.',
    },
    delivered: {
      subject: 'Order {number}: complete',
      lead: 'Everything you bought is ready. Open the order to use it.',
    },
    cancelled: {
      subject: 'Order {number}: cancelled',
      lead: 'Your order was cancelled. You were not charged.',
    },
    part_refunded: { subject: 'Order {number}: refund', lead: '{amount} goes back to you.' },
    refunded: {
      subject: 'Order {number}: refunded',
      lead: 'Your order was cancelled, and {amount} goes back to you.',
    },
    changed: {
      subject: 'Order {number}: changed',
      lead: 'Your order was changed. It now costs {total}. If you have not paid yet, you can until {due}.',
    },
    return_approved: {
      subject: 'Order {number}: your return is approved',
      lead: 'Please send the articles back to us and put a note with the order’s number, {number}, into the parcel. We tell you as soon as your money goes back or your replacement is ordered.',
    },
    return_declined: {
      subject: 'Order {number}: your return is declined',
      lead: 'We cannot take the articles back.',
    },
    message: {
      subject: 'Order {number}: a message for you',
      lead: 'Our team has written to you about your order:',
    },
    suspended: {
      subject: 'Order {number}: suspended',
      lead: 'What you bought with this order cannot be used for now:',
    },
    resumed: {
      subject: 'Order {number}: yours to use again',
      lead: 'You can use what you bought again. Nothing is left to do.',
    },
  },
  leads: {
    placedFree: 'Thank you for your order. There is nothing to pay.',
    reservedByGiftCard:
      'Thank you. {total} is reserved by gift card, and we are preparing your order. Nothing is charged until it is ready.',
    reservedInPartByGiftCard:
      'Thank you. {total} is reserved with your card and by gift card, and we are preparing your order. Nothing is charged until it is ready.',
    deliveredParcels: 'Everything you bought was handed to the carrier.',
    deliveredMixed:
      'What you bought is ready or was handed to the carrier. Open the order to use what is ready.',
    deliveredInPart:
      'What could be delivered is ready or was handed to the carrier. You do not pay for the rest; what you paid for it goes back to you.',
    deliveredInPartSubject: 'Order {number}: delivered in part',
    lineNotCharged: 'Not delivered, not charged.',
    lineGoesBack: 'Not delivered; what you paid for it goes back to you.',
    refundedNothing: 'Your order was cancelled. What you paid goes back to you.',
    cancelledAfterCharge: 'Your order was cancelled.',
  },
  details: {
    key_ready: 'Your key is ready.',
    keys_ready: 'Your keys are ready.',
    download_ready: 'Ready to download.',
    access_ready: 'Your access is ready.',
    gift_card_ready: 'Your gift card is ready.',
    gift_cards_ready: 'Your gift cards are ready.',
    handed_over: 'Handed to the carrier: {carrier} {trackingCode}.',
  },
  suspensions: {
    payment_disputed:
      'Your bank has taken the payment back. If you did not want that, please tell your bank; as soon as it is settled you can use it again.',
    payment_charged_back: 'Your bank has charged the payment back.',
    payment_refunded: 'Your payment was given back to you.',
    fraud_suspected: 'We are looking into the payment. You need not do anything.',
    by_operator: 'Our team has suspended it. Please write to us if you do not know why.',
  },
  reasons: {
    not_purchasable: 'Something in it cannot be bought as asked for.',
    placing_timed_out: 'It could not be placed in time.',
    out_of_stock: 'There is not enough in stock.',
    sold_out_meanwhile: 'Something sold out before the payment arrived.',
    promotion_used_up: 'A promotion was used up.',
    purchase_limit: 'It is more than one customer may buy.',
    blocked: 'We cannot accept it.',
    refused_by_review: 'We cannot accept it.',
    review_timed_out: 'We could not check it in time.',
    gift_card_refused: 'A gift card you named cannot be spent on it.',
    payment_method_unknown: 'The payment method chosen is none of those you keep.',
    payment_unavailable: 'The payment could not be started.',
    payment_abandoned: 'The time to pay ran out.',
    payment_cancelled: 'The payment was cancelled at the payment service.',
    payment_mismatch: 'The amount paid is not the amount of the order.',
    payment_lost: 'The payment was withdrawn before delivery.',
    authorisation_expired: 'The reservation of your payment lapsed.',
    payment_disputed: 'Your bank has taken the payment back.',
    rest_too_small: 'What could be delivered costs less than can be charged.',
    payment_declined: 'The payment could not be collected.',
    provisioning_failed: 'It could not be delivered.',
    part_failed: 'A part of it could not be delivered.',
    cancelled_by_customer: 'You cancelled it.',
    cancelled_by_operator: 'Our team cancelled it.',
    paid_after_end: 'A payment arrived after the order had ended.',
  },
  labels: {
    article: 'Article',
    amount: 'Amount',
    shipping: 'Shipping',
    tax: 'Tax included',
    total: 'Total',
    byGiftCard: 'of it by gift card',
    charged: 'Charged',
    refunded: 'Refunded',
    open: 'Order {number}',
    verify: 'Verify your bank account',
    why: 'Reason: {reason}',
    declined: 'The last attempt to pay was declined: {decline}',
  },
};
