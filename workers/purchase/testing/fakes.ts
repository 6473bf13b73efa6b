/**
 * Stand-ins for the other workers, at the service-binding boundary only. Stateful, so that what a test does not see is
 * still consistent; faults are planned per amount (payments) or per variant (catalogue).
 */
export const FAKE_CATALOGUE = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const variants = new Map();
  const faults = new Map();
  export class CatalogueRpc extends WorkerEntrypoint {
    /** Says back what it was asked. */
    listFor(call, input) {
      const { searchParams } = new URL('https://c/?' + input.query);
      if (searchParams.has('bad')) return Response.json({ type: '/problems/validation-failed', status: 422, errors: [] }, { status: 422, headers: { 'content-type': 'application/problem+json' } });
      return Response.json({ items: [], next: JSON.stringify({ ...input, expand: searchParams.get('expand') }) });
    }
    register(variant) { variants.set(variant.variantId, variant); }
    /** Stock as the catalogue last heard of it. */
    listStock(call, input) {
      return ['A', 'B', 'C', 'D']
        .map((sku, index) => ({ sku, available: index, availability: index < 2 ? 'out_of_stock' : 'in_stock', expectedAt: null, sequence: 1 }))
        .filter((row) => row.sku > input.after && (!input.scarceOnly || row.availability === 'out_of_stock'))
        .slice(0, input.limit);
    }
    /** The next calls that ask for this variant fail. */
    failNext(variantId, times) { faults.set(variantId, times); }
    async resolveVariants(call, input) {
      const found = [];
      const refused = [];
      for (const { variantId } of input.items) {
        const left = faults.get(variantId) ?? 0;
        if (left > 0) { faults.set(variantId, left - 1); throw new Error('catalogue is away'); }
        const variant = variants.get(variantId);
        if (variant === undefined) refused.push({ variantId, reason: 'unknown_variant' });
        else if (variant.unpublished) refused.push({ variantId, reason: 'not_published' });
        else if (variant.unitPrice.currency !== input.currency) refused.push({ variantId, reason: 'no_price_in_currency' });
        else found.push(variant);
      }
      return { ok: true, value: { variants: found, refused } };
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;

export const FAKE_PAYMENTS = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const payments = new Map();
  const byKey = new Map();
  /** amount -> { method -> faults still to come } */
  const plans = new Map();
  const calls = new Map();
  const remembered = new Map();
  const challenged = new Set();
  let minted = 0;
  /** Gift cards by their codes. */
  const cards = new Map();
  /** How often a code was looked up, and those that may not be any more. */
  const tries = new Map();
  const refusedTries = new Set(['TOO-MANY']);
  const sold = new Map();
  const takings = new Map();
  const cardOf = (paymentId) => [...cards.values()].find(({ cardId }) => paymentId.startsWith(cardId + ':'));
  const refusal = (code) => ({ ok: false, error: { code, message: code } });
  const snapshot = (payment) => ({ ok: true, value: structuredClone(payment) });

  export class PaymentsRpc extends WorkerEntrypoint {
    /**
     * Faults per method: 'lost' acts and then fails, 'away' fails, 'hang' never answers, 'poisoned' acts and answers
     * 'retriable' to this key for ever, else an error code. Definite answers are remembered by key, as the provider does.
     */
    plan(amount, faults) { plans.set(amount, faults); }
    callsOf(orderId) { return calls.get(orderId) ?? []; }
    paymentOf(orderId) {
      const own = [...payments.values()].filter((payment) => payment.orderId === orderId);
      return own.find(({ method }) => method !== 'gift_card') ?? null;
    }
    wasChallenged(orderId) { return challenged.has(orderId); }
    countOf(orderId) { return [...payments.values()].filter((payment) => payment.orderId === orderId).length; }
    /** What the customer and the bank do, outside of the shop. */
    change(paymentId, values) { Object.assign(payments.get(paymentId), values); }

    async step(method, orderId, amount, act, key) {
      calls.set(orderId, [...(calls.get(orderId) ?? []), method]);
      const known = remembered.get(key);
      if (known !== undefined) return known;
      const remember = (answer) => {
        if (key !== undefined) remembered.set(key, answer);
        return answer;
      };
      const fault = plans.get(amount)?.[method]?.shift();
      if (fault === 'away') throw new Error('payments is away');
      if (fault === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
      if (fault === 'poisoned') {
        act();
        return remember(refusal('retriable'));
      }
      if (fault !== undefined && fault !== 'lost') {
        return ['retriable', 'rate_limited'].includes(fault) ? refusal(fault) : remember(refusal(fault));
      }
      const result = remember(act());
      if (fault === 'lost') throw new Error('the reply was lost');
      return result;
    }
    settleEvents() {}
    addCard(code, card) { cards.set(code, card); }
    balanceOf(code) { return cards.get(code).balance; }
    triesOf(code) { return tries.get(code) ?? 0; }
    refuseTries(code) { refusedTries.add(code); }
    /** The cards that an order brought; what was taken off them, by its name. */
    brought(orderId, list) { sold.set(orderId, list); }
    soldGiftCards(call, { orderId }) { return (sold.get(orderId) ?? []).map(({ left: _, ...card }) => card); }
    takeBackGiftCards(call, { orderId, key, takes }) {
      if (takings.has(key)) return takings.get(key);
      const list = sold.get(orderId);
      const cardOfTake = ({ cardId }) => list.find((card) => card.cardId === cardId);
      const fits = takes.every((take) => (cardOfTake(take).left ?? cardOfTake(take).balance) >= take.amount);
      if (fits) for (const take of takes) cardOfTake(take).balance -= take.amount;
      takings.set(key, fits ? { ok: true, value: null } : { ok: false, error: 'spent' });
      return takings.get(key);
    }
    giveBackGiftCards() {}
    findGiftCards(call, { codes }) {
      for (const code of codes) tries.set(code, (tries.get(code) ?? 0) + 1);
      if (codes.some((code) => refusedTries.has(code)))
        return { ok: false, error: { code: 'too_many', retryAfterMs: 60_000 } };
      return { ok: true, value: codes.map((code) => {
        const card = cards.get(code);
        if (card === undefined) return null;
        const { cardId, state = 'active', shown = card.balance, currency = 'EUR', expiresAt = null } = card;
        const view = { cardId, state, balance: { amount: shown, currency }, held: 0, expiresAt, version: 1 };
        return { card: view, ending: code.slice(-4) };
      }) };
    }
    holdGiftCard(call, { paymentId, orderId, attempt, currency, amount, restMin }) {
      return this.step('hold', orderId, amount, () => {
        if (payments.has(paymentId)) return snapshot(payments.get(paymentId));
        const card = cardOf(paymentId);
        const held = card.balance >= amount ? amount : Math.max(0, Math.min(card.balance, amount - restMin));
        card.balance -= held;
        payments.set(paymentId, {
          paymentId, orderId, attempt, state: held > 0 ? 'authorised' : 'cancelled', currency, amount: held,
          authorised: held, captured: 0, refunded: 0, capturable: held, captureBefore: null, multicapture: true,
          method: 'gift_card', refunds: [], clientSecret: '', lastError: null,
        });
        return snapshot(payments.get(paymentId));
      });
    }
    createPayment(call, input) {
      return this.step('create', input.orderId, input.amount.amount, () => {
        const known = byKey.get(input.idempotencyKey);
        if (known !== undefined) return snapshot(payments.get(known));
        minted += 1;
        if (input.challenge === true) challenged.add(input.orderId);
        const paymentId = 'pi_' + minted;
        payments.set(paymentId, {
          paymentId, orderId: input.orderId, state: 'requires_payment', currency: input.amount.currency,
          amount: input.amount.amount, authorised: 0, captured: 0, refunded: 0,
          attempt: input.attempt ?? 1, capturable: 0, captureBefore: null, multicapture: false, method: null, refunds: [],
          clientSecret: paymentId + '_secret', lastError: null,
        });
        byKey.set(input.idempotencyKey, paymentId);
        return snapshot(payments.get(paymentId));
      });
    }
    getPayment(call, input) {
      const payment = payments.get(input.paymentId);
      if (payment === undefined) return refusal('not_found');
      return this.step('get', payment.orderId, payment.amount, () => snapshot(payment));
    }
    capturePayment(call, input) {
      const payment = payments.get(input.paymentId);
      return this.step('capture', payment.orderId, payment.amount, () => {
        if (payment.state !== 'authorised') return refusal('invalid_state');
        if (!input.final && !payment.multicapture) return refusal('invalid_state');
        payment.captured += input.amount;
        if (input.final || payment.captured >= payment.authorised) payment.state = 'captured';
        payment.capturable = payment.state === 'captured' ? 0 : payment.authorised - payment.captured;
        return snapshot(payment);
      }, input.idempotencyKey);
    }
    changePayment(call, input) {
      const payment = payments.get(input.paymentId);
      return this.step('change', payment.orderId, payment.amount, () => {
        if (payment.state !== 'requires_payment') return refusal('invalid_state');
        payment.amount = input.amount;
        return snapshot(payment);
      }, input.idempotencyKey);
    }
    cancelPayment(call, input) {
      const payment = payments.get(input.paymentId);
      return this.step('cancel', payment.orderId, payment.amount, () => {
        if (payment.state === 'captured' || payment.state === 'processing') return refusal('invalid_state');
        const card = cardOf(input.paymentId);
        if (card !== undefined) card.balance += payment.capturable;
        Object.assign(payment, { state: payment.captured > 0 ? 'captured' : 'cancelled', capturable: 0 });
        return snapshot(payment);
      }, input.idempotencyKey);
    }
    refundPayment(call, input) {
      const payment = payments.get(input.paymentId);
      return this.step('refund', payment.orderId, payment.amount, () => {
        if (payment.refunds.some((refund) => refund.reference === input.reference)) return snapshot(payment);
        if (payment.refunded + input.amount > payment.captured) return refusal('invalid_state');
        payment.refunded += input.amount;
        const card = cardOf(input.paymentId);
        if (card !== undefined) card.balance += input.amount;
        const refundId = 're_' + (payment.refunds.length + 1);
        payment.refunds.unshift({ refundId, amount: input.amount, state: 'succeeded', reference: input.reference });
        return snapshot(payment);
      }, input.idempotencyKey);
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;

/** Owns what tests say. */
export const FAKE_PROVISIONER = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const owned = new Map();
  export class ProvisionerRpc extends WorkerEntrypoint {
    own(customerId, instance) { owned.set(instance.instanceId, { customerId, instance }); }
    lookAtInstance(call, { instanceId, customerId, plan }) {
      const found = owned.get(instanceId);
      if (found === undefined || found.customerId !== customerId) return { ok: false, error: 'unknown' };
      const isPlan = plan === null || plan.productId === found.instance.productId;
      return { ok: true, value: isPlan ? found.instance : { ...found.instance, refused: 'That is no plan of it.' } };
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;
