import type { Stripe } from 'stripe';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import type { MethodOptions } from '../documents/intent.ts';
import type { OperationContext } from '../operations/context.ts';
import { testMethodOf } from './method.ts';

/**
 * Accounts that were typed are verified with small deposits before they are debited
 * (https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#verify-bank-account-with-microdeposits).
 */

/** Afterwards the payment or set-up wants another method. */
const VERIFY_WITHIN_MS = 10 * DAY_MS;
/** Real deposits take one or two business days. */
const ARRIVE_AFTER_SECONDS = (2 * DAY_MS) / SECOND_MS;
/** Real ones come back within days; a test waits a moment. */
const COME_BACK_AFTER_MS = 1_500;

/** The account was typed, or the shop wants every account verified so. */
export function verificationWanted(
  context: OperationContext,
  intent: { payment_method_options: unknown },
  method: Stripe.PaymentMethod,
): boolean {
  if (method.type !== 'us_bank_account') return false;
  const options = (intent.payment_method_options as MethodOptions | null)?.['us_bank_account'];
  return (
    context.store.isUnverified(method.id) ||
    (method.customer === null && options?.['verification_method'] === 'microdeposits')
  );
}

/** What the customer is asked to do, while the deposits are on their way. */
export function depositsSent(
  context: OperationContext,
  intent: { id: string; client_secret: string | null },
  method: Stripe.PaymentMethod,
) {
  context.store.awaitVerification(method.id);
  const comeBack = testMethodOf(context, method).depositsFail;
  context.later('unverified', intent.id, comeBack ? COME_BACK_AFTER_MS : VERIFY_WITHIN_MS);
  return {
    type: 'verify_with_microdeposits' as const,
    verify_with_microdeposits: {
      arrival_date: context.now + ARRIVE_AFTER_SECONDS,
      hosted_verification_url: context.verifyUrl(intent),
      microdeposit_type: 'descriptor_code' as const,
    },
  };
}

export const isVerifyingOver = (
  { now }: OperationContext,
  { next_action: next }: Pick<Stripe.PaymentIntent | Stripe.SetupIntent, 'next_action'>,
): boolean =>
  now - (next?.verify_with_microdeposits?.arrival_date ?? now) >=
  VERIFY_WITHIN_MS / SECOND_MS - ARRIVE_AFTER_SECONDS;

export type Told = { code: string } | { amounts: readonly number[] };
/** What stands for what in test mode (…#test-microdeposit-amounts-and-descriptor-codes). */
const MEANS: Readonly<Record<string, 'verified' | 'attempts_exceeded' | 'timeout'>> = {
  SM11AA: 'verified',
  '32,45': 'verified',
  SM33CC: 'attempts_exceeded',
  '10,11': 'attempts_exceeded',
  SM44DD: 'timeout',
  '40,41': 'timeout',
};
/** Wrong codes, and wrong amounts, until the account cannot be verified any more. */
const FAILURES_MAX = { code: 10, amounts: 3 } as const;

export type Verdict = 'verified' | 'attempts_exceeded' | 'timeout' | 'wrong';

/** What comes of what the customer told. */
export function verdictOf(context: OperationContext, method: Stripe.PaymentMethod, told: Told): Verdict {
  const meant =
    MEANS['code' in told ? told.code.toUpperCase() : told.amounts.toSorted((a, b) => a - b).join(',')];
  if (meant !== undefined) return meant;
  const failures = context.store.misverified(method.id);
  return failures >= FAILURES_MAX['code' in told ? 'code' : 'amounts'] ? 'attempts_exceeded' : 'wrong';
}
