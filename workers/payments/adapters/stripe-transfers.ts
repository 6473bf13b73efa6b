import type { Stripe } from 'stripe';
import { BANK_TRANSFER } from '#shared/domain/payment-methods.ts';
import { log } from '#shared/observability/log.ts';
import type { RestWatch } from '../usecases/ports.ts';
import { toPaymentError } from './stripe-errors.ts';
import { idOf } from './stripe-parts.ts';
import { nameOf } from './stripe-snapshot.ts';

/** Metadata of a refund of what was transferred beyond a payment: that payment. It is no refund of the payment itself. */
export const REST_OF = 'rest_of';

/** Which kind of account a transfer goes to, by currency (https://docs.stripe.com/payments/bank-transfers). */
const ACCOUNT_KINDS: Readonly<Record<string, Record<string, unknown>>> = {
  // The provider's accounts in the euro area; every bank in it sends there as within its own country.
  EUR: { type: 'eu_bank_transfer', eu_bank_transfer: { country: 'DE' } },
  GBP: { type: 'gb_bank_transfer' },
  USD: { type: 'us_bank_transfer' },
  JPY: { type: 'jp_bank_transfer' },
};

/** A transfer goes to an account of its customer's own: without a customer there is none to offer. */
export const transferOptions = (
  currency: string,
  account: string | null | undefined,
): Record<string, unknown> => {
  const bankTransfer = ACCOUNT_KINDS[currency];
  return typeof account !== 'string' || bankTransfer === undefined
    ? {}
    : { [BANK_TRANSFER]: { funding_type: 'bank_transfer', bank_transfer: bankTransfer } };
};

/** It is being paid by transfer, or was. */
export const isTransfer = ({ payment_method: method }: Stripe.PaymentIntent): boolean =>
  typeof method !== 'string' && method?.type === BANK_TRANSFER;
/** A transfer was among the ways to pay it, whichever was taken in the end. */
export const mayBeTransferred = ({ payment_method_options: options }: Stripe.PaymentIntent): boolean =>
  (options?.[BANK_TRANSFER] ?? null) !== null;
export const isOver = ({ status }: Stripe.PaymentIntent): boolean =>
  status === 'succeeded' || status === 'canceled';

/**
 * Money that came by transfer goes back to an account the provider may not know: it asks the customer by e-mail, and
 * refuses to give anything back while it has no address (https://docs.stripe.com/payments/customer-balance/refunding).
 * The customers we open there have none.
 */
export const whomToAsk = (intent: Stripe.PaymentIntent): { instructions_email?: string } =>
  isTransfer(intent) ? addressOf(intent) : {};
const addressOf = ({ receipt_email: address }: Stripe.PaymentIntent): { instructions_email?: string } =>
  address === null ? {} : { instructions_email: address };

/** What is in the balance is not for it: it is over, or being paid in another way. */
const takesNoTransfer = (intent: Stripe.PaymentIntent): boolean =>
  isOver(intent) || (idOf(intent.payment_method) !== null && !isTransfer(intent));

/**
 * Sends back what a customer transferred beyond a payment, or for one that was given up, or, where the look is `thorough`,
 * paid in another way after all: only news of a transfer can tell of that. Too little simply waits for the
 * rest; the provider gives what arrives to every open payment of the customer first, so what is left belongs to none
 * (https://docs.stripe.com/payments/customer-balance/reconciliation). A payment does not fail for it: the next look tries
 * again, and meanwhile a person is told.
 */
export async function giveBackRest(
  client: Stripe,
  intent: Stripe.PaymentIntent,
  watch: RestWatch | null,
  { thorough }: { thorough: boolean },
): Promise<void> {
  const customer = idOf(intent.customer);
  const isLookedFor = isTransfer(intent) ? isOver(intent) : thorough && mayBeTransferred(intent);
  if (!isLookedFor || customer === null) return;
  const { orderId } = nameOf(intent);
  const about = { system: 'payments', paymentId: intent.id, orderId };
  const rest = async (): Promise<number> => {
    const { available } = await client.customers.retrieveCashBalance(customer);
    return available?.[intent.currency] ?? 0;
  };
  let amount: number | null = null;
  try {
    amount = await rest();
    if (amount <= 0) {
      await watch?.gone(intent.id);
      return;
    }
    if (!takesNoTransfer(intent)) {
      // It may still be paid with it. Reconciliation looks again.
      const detail = `${amount} ${intent.currency.toUpperCase()} of customer ${customer}: the payment is open`;
      await watch?.stuck({ paymentId: intent.id, orderId, detail });
      return;
    }
    // Names this very balance: many looks give it back once, and the same amount transferred again is given back again.
    const { data } = await client.customers.listCashBalanceTransactions(customer, { limit: 1 });
    const [last] = data;
    // It was on its way, and nobody named an account for it: the provider leaves it to us to find one out.
    if (last?.type === 'return_canceled') {
      const detail = `${amount} ${intent.currency.toUpperCase()} of customer ${customer}: nobody named an account for it`;
      await watch?.stuck({ paymentId: intent.id, orderId, detail });
      return;
    }
    const standing = last?.id ?? 'none';
    await client.refunds.create(
      {
        origin: 'customer_balance',
        customer,
        amount,
        currency: intent.currency,
        metadata: { [REST_OF]: intent.id },
        ...addressOf(intent),
      },
      { idempotencyKey: `rest:${intent.id}:${amount}:${standing}` },
    );
    log.info('the rest of a transfer goes back', { ...about, amount });
    await watch?.gone(intent.id);
  } catch (error) {
    // A look at another payment of the same customer may have sent it back meanwhile.
    if (amount !== null && (await rest().catch(() => amount)) === 0) return;
    log.error('the rest of a transfer could not be given back', { ...about, amount, error });
    // Whether there is any is not known when the balance could not be read: the next look sees.
    if (amount === null) return;
    const detail = `${amount} ${intent.currency.toUpperCase()} of customer ${customer}: ${toPaymentError(error).message}`;
    await watch?.stuck({ paymentId: intent.id, orderId, detail }).catch((unheard: unknown) => {
      log.error('nobody was told of the rest of a transfer', { ...about, error: unheard });
    });
  }
}
