import { WorkerEntrypoint } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import {
  capturePaymentInputSchema,
  changePaymentInputSchema,
  createPaymentInputSchema,
  getPaymentInputSchema,
  listPaymentsInputSchema,
  paymentStepInputSchema,
  refundPaymentInputSchema,
  type CapturePaymentInput,
  type ChangePaymentInput,
  type CreatePaymentInput,
  type GetPaymentInput,
  type ListPaymentsInput,
  type PaymentError,
  type PaymentPage,
  type PaymentSnapshot,
  type PaymentEventsService,
  type PaymentsService,
  type SettleEventsInput,
  settleEventsInputSchema,
  type PaymentStepInput,
  type RefundPaymentInput,
} from '#shared/contracts/payments.ts';
import {
  type FindGiftCards,
  findGiftCardsSchema,
  type GiftCardFinder,
  type GiftCardPayments,
  type HoldGiftCard,
  holdGiftCardSchema,
  type SoldIn,
  soldInSchema,
  type TakeBackGiftCards,
  takeBackGiftCardsSchema,
} from '#shared/contracts/gift-cards.ts';
import { giftCardPaymentOf } from '#shared/domain/gift-card.ts';
import type { Result } from '#shared/domain/result.ts';
import { newCosts } from '#shared/observability/costs.ts';
import { log } from '#shared/observability/log.ts';
import { logWork, meterWork, spending } from '#shared/observability/work.ts';
import { BINDINGS, type Env } from './env.ts';
import { eventPorts, giftCardPorts, ledgerPorts, paymentGateway, vaultPorts } from './ports.ts';
import { provider } from './providers.ts';
import { findCards } from './usecases/gift-cards/find.ts';
import { giftCardGateway, holdCard } from './usecases/gift-cards/pay.ts';
import { cardsSoldIn, giveBack, takeBack } from './usecases/gift-cards/take-back.ts';
import { openPayment } from './usecases/open-payment.ts';
import type { PaymentGateway } from './usecases/ports.ts';
import { askLedger } from './usecases/ledger/ask-ledger.ts';

type Outcome = Promise<Result<PaymentSnapshot, PaymentError>>;

/** The payment provider for the other workers: the only place that holds its secret key. */
export class PaymentsRpc
  extends WorkerEntrypoint<Env>
  implements PaymentsService, PaymentEventsService, GiftCardPayments, GiftCardFinder
{
  readonly #env = meterWork(this.env, BINDINGS);

  async settleEvents(call: CallContext, input: SettleEventsInput): Promise<void> {
    const { requestId } = callContextSchema.parse(call);
    const { eventIds, outcome, detail } = settleEventsInputSchema.parse(input);
    const { inbox, clock } = eventPorts(this.#env);
    await logWork({ system: 'payments', work: 'settleEvents', requestId }, () =>
      inbox.settle(eventIds, { state: outcome, detail }, clock.now()),
    );
  }

  createPayment(call: CallContext, input: CreatePaymentInput): Outcome {
    const checked = createPaymentInputSchema.parse(input);
    return logged('create', call, { orderId: checked.orderId }, async () => {
      const ports = { ...vaultPorts(this.#env), gateway: paymentGateway(this.#env) };
      const returnUrl = `${this.#env.PUBLIC_ORIGIN}/orders/${checked.orderId}`;
      const made = await openPayment(ports, { ...checked, returnUrl });
      if (made.ok) this.ctx.waitUntil(registered(this.#env, call, made.value, checked.customerId));
      return made;
    });
  }

  getPayment(call: CallContext, input: GetPaymentInput): Outcome {
    const { paymentId, ...look } = getPaymentInputSchema.parse(input);
    return logged('get', call, { paymentId }, () => this.#gateway(call, paymentId).get(paymentId, look));
  }

  listPayments(call: CallContext, input: ListPaymentsInput): Promise<Result<PaymentPage, PaymentError>> {
    const checked = listPaymentsInputSchema.parse(input);
    const { from, to } = checked;
    return logged('list', call, { from, to }, () => paymentGateway(this.#env).list(checked));
  }

  capturePayment(call: CallContext, input: CapturePaymentInput): Outcome {
    const checked = capturePaymentInputSchema.parse(input);
    const { orderId, paymentId, amount } = checked;
    return this.#booked(call, paymentId, () =>
      logged('capture', call, { orderId, paymentId, amount }, () =>
        this.#gateway(call, paymentId).capture(checked),
      ),
    );
  }

  changePayment(call: CallContext, input: ChangePaymentInput): Outcome {
    const checked = changePaymentInputSchema.parse(input);
    const { orderId, paymentId, amount } = checked;
    return logged('change', call, { orderId, paymentId, amount }, async () => {
      const changed = await paymentGateway(this.#env).change(checked);
      if (changed.ok) this.ctx.waitUntil(registered(this.#env, call, changed.value));
      return changed;
    });
  }

  cancelPayment(call: CallContext, input: PaymentStepInput): Outcome {
    const checked = paymentStepInputSchema.parse(input);
    const { orderId, paymentId } = checked;
    return this.#booked(call, paymentId, () =>
      logged('cancel', call, { orderId, paymentId }, () => this.#gateway(call, paymentId).cancel(checked)),
    );
  }

  refundPayment(call: CallContext, input: RefundPaymentInput): Outcome {
    const checked = refundPaymentInputSchema.parse(input);
    const { orderId, paymentId, amount } = checked;
    return this.#booked(call, paymentId, () =>
      logged('refund', call, { orderId, paymentId, amount }, () =>
        this.#gateway(call, paymentId).refund(checked),
      ),
    );
  }

  holdGiftCard(call: CallContext, input: HoldGiftCard): Outcome {
    const wish = holdGiftCardSchema.parse(input);
    const { orderId, paymentId, amount } = wish;
    return logged('hold a gift card', call, { orderId, paymentId, amount }, () =>
      holdCard(giftCardPorts(this.#env), call, wish),
    );
  }

  soldGiftCards(call: CallContext, input: SoldIn) {
    const { orderId } = soldInSchema.parse(input);
    const { requestId } = callContextSchema.parse(call);
    return logWork({ system: 'payments', work: 'gift cards of an order', requestId }, () =>
      cardsSoldIn(giftCardPorts(this.#env), orderId),
    );
  }

  takeBackGiftCards(call: CallContext, input: TakeBackGiftCards) {
    const wish = takeBackGiftCardsSchema.parse(input);
    const { requestId } = callContextSchema.parse(call);
    return logWork({ system: 'payments', work: 'take back gift cards', requestId }, () =>
      takeBack(giftCardPorts(this.#env), call, wish),
    );
  }

  giveBackGiftCards(call: CallContext, input: TakeBackGiftCards) {
    const wish = takeBackGiftCardsSchema.parse(input);
    const { requestId } = callContextSchema.parse(call);
    return logWork({ system: 'payments', work: 'give back gift cards', requestId }, () =>
      giveBack(giftCardPorts(this.#env), call, wish),
    );
  }

  findGiftCards(call: CallContext, input: FindGiftCards) {
    const wish = findGiftCardsSchema.parse(input);
    const { requestId } = callContextSchema.parse(call);
    return logWork({ system: 'payments', work: 'find gift cards', requestId }, () =>
      findCards(giftCardPorts(this.#env), call, wish),
    );
  }

  /** Whoever keeps the money of this payment: the provider, or a gift card's object. */
  #gateway(
    call: CallContext,
    paymentId: string,
  ): Pick<PaymentGateway, 'get' | 'capture' | 'cancel' | 'refund'> {
    const payment = giftCardPaymentOf(paymentId);
    return payment === null
      ? paymentGateway(this.#env)
      : giftCardGateway(giftCardPorts(this.#env), call, payment);
  }

  /** A step that moves money, and then the ledger asked to book it. */
  async #booked(call: CallContext, paymentId: string, step: () => Outcome): Outcome {
    const outcome = await step();
    if (outcome.ok && giftCardPaymentOf(paymentId) === null)
      this.ctx.waitUntil(bookingAsked(this.#env, call, paymentId));
    return outcome;
  }
}

/** After the answer: should this be lost, the step's own event asks for the same. */
async function bookingAsked(env: Env, { requestId }: CallContext, paymentId: string): Promise<void> {
  try {
    await logWork({ system: 'payments', work: 'ask the ledger', requestId }, () =>
      askLedger(ledgerPorts(env), [paymentId], requestId),
    );
  } catch (error) {
    log.warn('ledger not asked; the next event of the payment will', { requestId, paymentId, error });
  }
}

/** After the answer, which need not wait for it: the payment's first event would make up for a line that was lost. */
async function registered(
  env: Env,
  { requestId }: CallContext,
  payment: PaymentSnapshot,
  customerId: string | null = null,
): Promise<void> {
  const { registry, clock } = eventPorts(env);
  const { paymentId, orderId, attempt, currency, amount } = payment;
  try {
    const entry = { paymentId, orderId, customerId, attempt, currency, amount, chargeId: null };
    await logWork({ system: 'payments', work: 'register a payment', requestId }, () =>
      registry.record({ ...entry, provider: provider(env).name }, clock.now()),
    );
  } catch (error) {
    log.warn('payment not registered; its first event will', { requestId, paymentId, orderId, error });
  }
}

/** One line a call: what was asked, how it ended, how long the provider took. */
async function logged<Value extends PaymentSnapshot | PaymentPage>(
  step: string,
  call: CallContext,
  fields: Record<string, unknown>,
  run: () => Promise<Result<Value, PaymentError>>,
): Promise<Result<Value, PaymentError>> {
  const { requestId } = callContextSchema.parse(call);
  const started = Date.now();
  const costs = newCosts();
  const outcome = await spending(costs, run);
  log.info('payment call', {
    system: 'payments',
    requestId,
    step,
    ...fields,
    ms: Date.now() - started,
    costs,
    ...(outcome.ok ? told(outcome.value) : { outcome: outcome.error.code, reason: outcome.error.message }),
  });
  return outcome;
}

const told = (value: PaymentSnapshot | PaymentPage) =>
  'payments' in value
    ? { outcome: 'listed', payments: value.payments.length, foreign: value.foreign.length }
    : { outcome: value.state, paymentId: value.paymentId };
