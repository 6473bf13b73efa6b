import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { docUrl, invalidRequest, type StripeErrorBody } from '../errors.ts';
import type { verifyParams } from '../parameters/verify.ts';
import { debitVerified } from '../paying/attempt.ts';
import { methodOf, testMethodOf } from '../paying/method.ts';
import { isVerifyingOver, type Told, type Verdict, verdictOf } from '../paying/verification.ts';
import { need, type OperationContext } from './context.ts';
import { failSetup, succeedSetup } from './setup-intents.ts';

/** The customer tells what small deposits came: by the API, or at the hosted page. */

type Kind = 'payment_intent' | 'setup_intent';
type Waiting = Stripe.PaymentIntent | Stripe.SetupIntent;

const PREFIX = 'payment_method_microdeposit';
const MESSAGES = {
  verification_attempts_exceeded:
    'You have exceeded the number of allowed verification attempts. Use another bank account.',
  verification_timeout: 'The bank account was not verified within ten days. Use another one.',
  failed: 'The small deposits could not be sent to this bank account. Check its number, or use another one.',
} as const;

export const verifyDeposits =
  (kind: Kind) =>
  (context: OperationContext, id: string, input: z.infer<typeof verifyParams>): Waiting => {
    const intent = need(context, kind, id);
    if (!isWaiting(intent)) {
      throw invalidRequest(
        `You cannot verify this ${kind === 'payment_intent' ? 'PaymentIntent' : 'SetupIntent'} because it has a status of ${intent.status}, and no small deposits to verify.`,
        { code: `${kind}_unexpected_state`, [kind]: intent },
      );
    }
    return told(context, intent, toldBy(input));
  };

/** Its time is over. What waits for no deposits any more is left alone. */
export function endVerification(context: OperationContext, id: string): void {
  const intent = waitingOf(context, id);
  if (intent !== null) giveUp(context, intent, 'verification_timeout');
}

/** Its time may be over, or the deposits come back; those of an account that was tried meanwhile have their own time. */
export function endDeposits(context: OperationContext, id: string): void {
  const intent = waitingOf(context, id);
  if (intent === null) return;
  if (testMethodOf(context, methodOf(context, intent)).depositsFail) giveUp(context, intent, 'failed');
  else if (isVerifyingOver(context, intent)) giveUp(context, intent, 'verification_timeout');
}

function waitingOf(context: OperationContext, id: string): Waiting | null {
  const intent = context.store.get('payment_intent', id) ?? context.store.get('setup_intent', id);
  return intent !== null && isWaiting(intent) ? intent : null;
}

export const isWaiting = ({ status, next_action: next }: Waiting): boolean =>
  status === 'requires_action' && next?.verify_with_microdeposits !== undefined;

function toldBy({ descriptor_code: code, amounts = [] }: z.infer<typeof verifyParams>): Told {
  if (code === undefined && amounts.length !== 2) {
    throw invalidRequest('Pass either two amounts or the descriptor code.', {
      code: `${PREFIX}_verification_amounts_invalid`,
      param: 'amounts',
    });
  }
  return code === undefined ? { amounts } : { code };
}

function told(context: OperationContext, intent: Waiting, what: Told): Waiting {
  const method = methodOf(context, intent);
  const verdict: Verdict = verdictOf(context, method, what);
  switch (verdict) {
    case 'verified':
      context.store.verified(method.id);
      return intent.object === 'payment_intent'
        ? debitVerified(context, intent)
        : succeedSetup(context, intent, method);
    case 'wrong':
      throw invalidRequest(
        'code' in what
          ? 'The descriptor code does not match the one that was sent to the bank account.'
          : 'The amounts do not match those that were sent to the bank account.',
        {
          code: `${PREFIX}_verification_${'code' in what ? 'descriptor_code' : 'amounts'}_mismatch`,
          [intent.object]: intent,
        },
      );
    case 'attempts_exceeded':
    case 'timeout': {
      const failure = `verification_${verdict}` as const;
      const failed = giveUp(context, intent, failure);
      throw invalidRequest(MESSAGES[failure], { code: `${PREFIX}_${failure}`, [intent.object]: failed });
    }
  }
}

/** Nothing was debited or kept, and another method is wanted. */
function giveUp(context: OperationContext, intent: Waiting, failure: keyof typeof MESSAGES): Waiting {
  const method = methodOf(context, intent);
  const code = `${PREFIX}_${failure}`;
  const error = {
    type: 'invalid_request_error',
    code,
    doc_url: docUrl(code),
    message: MESSAGES[failure],
    payment_method: method,
  } as const satisfies StripeErrorBody;
  if (intent.object === 'setup_intent') return failSetup(context, intent, error);
  const failed: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    last_payment_error: error,
  };
  context.store.put(failed);
  context.emit('payment_intent.payment_failed', failed);
  return failed;
}
