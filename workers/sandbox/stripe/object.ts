import { DurableObject } from 'cloudflare:workers';
import { Stripe } from 'stripe';
import { ALARMS_MIGRATION, NamedAlarms } from '#objects/lib/alarms.ts';
import { migrateObject } from '#objects/lib/migrations.ts';
import { Outbox, OUTBOX_MIGRATION, type OutboxEffect } from '#objects/lib/outbox.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { FAULTS_MIGRATION, FaultSwitches, type Fault, type FaultInput } from '../control/faults.ts';
import type { Env } from '../env.ts';
import { isSuccess, post } from '../post.ts';
import { answerTo, labelsOf } from './answer.ts';
import { endSetupChallenge } from './operations/setup-intents.ts';
import { failChallenge, passChallenge } from './paying/challenge.ts';
import type { ApiAnswer, ApiCall } from './call.ts';
import { type StripeErrorBody, StripeRefusal } from './errors.ts';
import { stripeId } from './ids.ts';
import { letHappen, type Happening } from './happenings.ts';
import { intentIdOf, labelsOfPayment } from './event-labels.ts';
import { brokenAnswer, keyInUseAnswer, limitedAnswer } from './fault-answers.ts';
import { LATER } from './later.ts';
import type { EventObject, LaterAction, OperationContext } from './operations/context.ts';
import {
  HELD_MIGRATION,
  METHODS_MIGRATION,
  STRIPE_MIGRATION,
  StripeStore,
  VERIFYING_MIGRATION,
} from './storage.ts';
import { viewOf, type PaymentView } from './view.ts';
import { SIGNATURE_HEADER, signatureHeader } from './webhook.ts';

const MIGRATIONS = [
  ALARMS_MIGRATION,
  OUTBOX_MIGRATION,
  FAULTS_MIGRATION,
  STRIPE_MIGRATION,
  METHODS_MIGRATION,
  HELD_MIGRATION,
  VERIFYING_MIGRATION,
] as const;

const WEBHOOK_TIMEOUT_MS = 10_000;
/** With backoff up to five minutes: about three days, as the service it stands for. */
const WEBHOOK_ATTEMPTS_MAX = 900;
const REORDER_DELAY_MS = 1_500;
const AFTER_FORGED_MS = 300;
const OTHER_SECRET = 'whsec_forged';

/** `twice`: with another secret as well. */
type Signed = 'once' | 'twice' | 'wrongly';
type Effect =
  | { kind: 'event'; eventId: string; signed: Signed }
  | { kind: 'later'; what: LaterAction; id: string };
/** What no request asked for. */
const BY_ITSELF: Stripe.Event.Request = { id: null, idempotency_key: null };

interface Happened {
  type: Stripe.Event.Type;
  object: EventObject;
  previous: object | undefined;
  request: Stripe.Event.Request;
  /** Unix seconds. */
  now: number;
}

/** One account of the payment service: its objects, its idempotency keys and the events on their way to the shop. */
export class PaymentService extends DurableObject<Env> {
  readonly #store: StripeStore;
  readonly #faults: FaultSwitches;
  readonly #alarms: NamedAlarms<'outbox'>;
  readonly #outbox: Outbox<Effect>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateObject(ctx.storage, MIGRATIONS);
    this.#store = new StripeStore(ctx.storage);
    this.#faults = new FaultSwitches(ctx.storage);
    this.#alarms = new NamedAlarms(ctx.storage, systemClock);
    this.#outbox = new Outbox<Effect>(
      ctx.storage,
      systemClock,
      { deliver: (effect) => this.#deliver(effect), parked: () => undefined },
      { attemptsMax: WEBHOOK_ATTEMPTS_MAX, deliveryTimeoutMs: WEBHOOK_TIMEOUT_MS + SECOND_MS },
    );
  }

  /** One request to the API. */
  async call(call: ApiCall): Promise<ApiAnswer> {
    const requestId = stripeId('req', 14);
    const labels = labelsOf(call, this.#store);
    const refused = this.#refusedByFault(labels, requestId);
    if (refused !== null) return refused;
    const answer = this.#transact(call, requestId);
    if (answer.status < 300 && this.#faults.take('payment.error-remembered', labels) !== null) {
      const broken = brokenAnswer(requestId);
      this.#store.replaceAnswer(call.idempotencyKey, broken);
      return broken;
    }
    const delayMs = this.#faults.take('payment.delay', labels)?.delayMs ?? 0;
    if (delayMs > 0) await scheduler.wait(delayMs);
    if (answer.status < 300 && this.#faults.take('payment.error-after', labels) !== null) {
      return brokenAnswer(requestId);
    }
    return answer;
  }

  #refusedByFault(labels: readonly string[], requestId: string): ApiAnswer | null {
    if (this.#faults.take('payment.rate-limit', labels) !== null) return limitedAnswer(requestId);
    if (this.#faults.take('payment.key-in-use', labels) !== null) return keyInUseAnswer(requestId);
    return this.#faults.take('payment.error-before', labels) === null ? null : brokenAnswer(requestId);
  }

  /** What the hosted page may show of a payment to whoever has its client secret; null to everyone else. */
  paymentFor(id: string, clientSecret: string): PaymentView | null {
    const intent = this.#intentFor(id, clientSecret);
    return intent === null ? null : viewOf(intent);
  }

  /** The customer passes or fails the challenge of a payment or set-up; one that awaits none is refused. */
  challenge(
    id: string,
    clientSecret: string,
    passed: boolean,
  ): Result<PaymentView, { code: 'not_found' | 'no_challenge' }> {
    const result = this.ctx.storage.transactionSync(() => {
      const intent = this.#intentFor(id, clientSecret);
      if (intent === null) return fail({ code: 'not_found' });
      if (viewOf(intent).challengeUrl === null) return fail({ code: 'no_challenge' });
      const context = this.#context(BY_ITSELF);
      const after = endChallenge(context, intent, passed);
      this.#arm();
      return ok(viewOf(after));
    });
    void this.#drain();
    return result;
  }

  /** Time passes for one payment, or its bank does something. Null: no such payment. What cannot be is refused. */
  control(
    id: string,
    happening: Happening,
  ): Result<PaymentView | null, Pick<StripeErrorBody, 'type' | 'message'>> {
    try {
      const view = this.ctx.storage.transactionSync(() => {
        if (this.#store.get('payment_intent', id) === null) return null;
        letHappen(this.#context(BY_ITSELF), id, happening);
        this.#arm();
        const after = this.#store.get('payment_intent', id);
        return after === null ? null : viewOf(after);
      });
      void this.#drain();
      return ok(view);
    } catch (error) {
      if (error instanceof StripeRefusal) return fail({ type: error.body.type, message: error.message });
      throw error;
    }
  }

  /** Delivers what was held back, one after the other; how many there were. */
  release(label: string, order: 'as_sent' | 'reversed'): number {
    const ids = this.#store.release(label);
    const lane = stripeId('release', 8);
    for (const id of order === 'reversed' ? ids.toReversed() : ids) this.#send(id, lane);
    this.#arm();
    void this.#drain();
    return ids.length;
  }

  /** Delivers an event once more, whatever became of it; false when there is none. */
  resend(eventId: string): boolean {
    if (this.#store.get('event', eventId) === null) return false;
    this.#send(eventId, stripeId('resend', 8));
    this.#arm();
    void this.#drain();
    return true;
  }

  addFault(fault: FaultInput): Fault {
    return this.#faults.add(fault);
  }
  listFaults(): Fault[] {
    return this.#faults.list();
  }
  clearFaults(id: string | null): number {
    return this.#faults.clear(id);
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({ outbox: () => this.#drain() });
  }

  #intentFor(id: string, clientSecret: string): Stripe.PaymentIntent | Stripe.SetupIntent | null {
    const intent = this.#store.get('payment_intent', id) ?? this.#store.get('setup_intent', id);
    return intent?.client_secret === clientSecret ? intent : null;
  }

  #transact(call: ApiCall, requestId: string): ApiAnswer {
    const answer = this.ctx.storage.transactionSync(() => {
      const request = { id: requestId, idempotency_key: call.idempotencyKey };
      const made = answerTo(call, this.#store, this.#context(request), requestId);
      this.#arm();
      return made;
    });
    void this.#drain();
    return answer;
  }

  #context(request: Stripe.Event.Request): OperationContext {
    const now = Math.floor(Date.now() / 1000);
    return {
      store: this.#store,
      now,
      emit: (type, object, previous) => this.#emit({ type, object, previous, request, now }),
      later: (what, id, afterMs) => {
        const key = `${what}:${id}:${stripeId('try', 8)}`;
        this.#outbox.add({ key, lane: key, payload: { kind: 'later', what, id } }, Date.now() + afterMs);
      },
      challengeUrl: (intent) => this.#page('challenge', intent),
      verifyUrl: (intent) => this.#page('verify', intent),
      shopOrigin: this.env.SHOP_ORIGIN,
      payUrl: (intent) => this.#page('pay', intent),
    };
  }

  #page(name: 'pay' | 'challenge' | 'verify', intent: { id: string; client_secret: string | null }): string {
    return `${this.env.SANDBOX_ORIGIN}/${name}/${intent.id}?client_secret=${intent.client_secret ?? ''}`;
  }

  #emit({ type, object, previous, request, now }: Happened): void {
    const event = {
      id: stripeId('evt'),
      object: 'event',
      api_version: Stripe.API_VERSION,
      created: now,
      data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
      livemode: false,
      pending_webhooks: 1,
      request,
      type,
    } as unknown as Stripe.Event;
    const intentId = intentIdOf(object);
    this.#store.put(event, intentId, type);
    this.#post(event.id, [type, intentId, object.id, ...labelsOfPayment(this.#store, object, intentId)]);
  }

  /** Puts an event on its way, with whatever the fault switches have in store for it. Events overtake each other freely. */
  #post(eventId: string, labels: string[]): void {
    const now = Date.now();
    if (this.#faults.take('webhook.drop', labels) !== null) return;
    if (this.#faults.take('webhook.hold', labels) !== null) {
      this.#store.hold(eventId, labels);
      return;
    }
    const forged = this.#faults.take('webhook.wrong-signature', labels) !== null;
    const genuine = this.#faults.take('webhook.two-signatures', labels) === null ? 'once' : 'twice';
    const reorder = this.#faults.take('webhook.reorder', labels);
    const waitMs =
      (this.#faults.take('webhook.delay', labels)?.delayMs ?? 0) +
      (reorder === null ? 0 : (reorder.delayMs ?? REORDER_DELAY_MS)) +
      (forged ? AFTER_FORGED_MS : 0);
    const copies = this.#faults.take('webhook.duplicate', labels)?.copies ?? 0;
    const send = (key: string, asForged: Signed, at: number) =>
      this.#outbox.add({ key, lane: key, payload: { kind: 'event', eventId, signed: asForged } }, at);
    if (forged) send(`${eventId}:forged`, 'wrongly', now);
    send(eventId, genuine, now + waitMs);
    for (let copy = 1; copy <= copies; copy += 1) send(`${eventId}:${copy}`, genuine, now + waitMs);
  }

  #send(eventId: string, lane: string): void {
    const payload = { kind: 'event', eventId, signed: 'once' } as const;
    this.#outbox.add({ key: `${lane}:${eventId}`, lane, payload }, Date.now());
  }

  async #deliver(effect: OutboxEffect<Effect>): Promise<() => void> {
    const { payload } = effect;
    if (payload.kind === 'later') return () => LATER[payload.what](this.#context(BY_ITSELF), payload.id);
    const event = this.#store.get('event', payload.eventId);
    const body = JSON.stringify(event);
    const status = await post(`${this.env.SHOP_ORIGIN}/v1/webhooks/stripe`, {
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        [SIGNATURE_HEADER]: signatureHeader(
          body,
          this.#secrets(payload.signed),
          Math.floor(Date.now() / 1000),
        ),
      },
      body,
      timeoutMs: WEBHOOK_TIMEOUT_MS,
    });
    if (payload.signed === 'wrongly') return () => undefined;
    if (!isSuccess(status)) throw new Error(`the shop answered ${status}`);
    return () => {
      if (event !== null) this.#store.put({ ...event, pending_webhooks: 0 });
    };
  }

  #secrets(signed: Signed): string[] {
    if (signed === 'wrongly') return [OTHER_SECRET];
    const { SANDBOX_STRIPE_WEBHOOK_SECRET: secret } = this.env;
    return signed === 'twice' ? [OTHER_SECRET, secret] : [secret];
  }

  async #drain(): Promise<void> {
    await this.#outbox.drain();
    this.#arm();
  }

  #arm(): void {
    const next = this.#outbox.nextDueAt();
    if (next !== null) this.#alarms.setNoLaterThan('outbox', next);
  }
}

function endChallenge(
  context: OperationContext,
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
  passed: boolean,
): Stripe.PaymentIntent | Stripe.SetupIntent {
  if (intent.object === 'setup_intent') return endSetupChallenge(context, intent, passed);
  return passed ? passChallenge(context, intent) : failChallenge(context, intent);
}
