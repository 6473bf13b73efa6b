import type { Stripe } from 'stripe';
import type { SavedMethod, UnverifiedMethod } from '#shared/contracts/http/payment-methods.ts';
import { paymentError, type PaymentError } from '#shared/contracts/payments.ts';
import { paymentMethod, PAYMENT_METHODS, verifyingMs } from '#shared/domain/payment-methods.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { type Clock, rfc3339, SECOND_MS, systemClock } from '#shared/time/time.ts';
import type { MethodVault } from '../usecases/saved-methods/ports.ts';
import { toVerification } from './stripe-details.ts';
import { toPaymentError } from './stripe-errors.ts';
import { KEY_TRUSTED_MS } from './stripe-keys.ts';
import { UNSAVABLE_TYPES } from './stripe-method-types.ts';
import { idOf } from './stripe-parts.ts';

const PAGE = 100;
const KEPT_MAX = 1_000;
const NOBODY = {
  address: '',
  description: '',
  email: '',
  metadata: '',
  name: '',
  phone: '',
  shipping: '',
} as const;

/**
 * Customers and kept methods at Stripe (https://docs.stripe.com/payments/save-and-reuse). A customer is made with nothing
 * but our own id, so that the same key always means the same request.
 */
export function stripeVault(client: Stripe, clock: Clock = systemClock): MethodVault {
  const defaultOf = async (account: string): Promise<string | null> => {
    const customer = await client.customers.retrieve(account);
    return customer.deleted === true ? null : idOf(customer.invoice_settings.default_payment_method);
  };

  /** One made under a key that is forgotten. The list is exact, and bounded by how long a key was tried. */
  async function madeBefore(customerId: string, generation: number, askedAt: number): Promise<string | null> {
    const made = client.customers.list({
      created: { gte: Math.floor(askedAt / SECOND_MS) - 1 },
      limit: PAGE,
    });
    for await (const { id, metadata } of made) {
      if (metadata['customer_id'] === customerId && metadata['generation'] === String(generation)) return id;
    }
    return null;
  }

  /**
   * Whoever ever transferred money has a cash balance, and is not deleted even when it is 0
   * (https://docs.stripe.com/api/cash_balance/object): then nothing is left that names him, and what is still his can go back.
   * False: that is not why.
   */
  async function emptyAccount(account: string): Promise<boolean> {
    const { available } = await client.customers.retrieveCashBalance(account);
    if (Object.keys(available ?? {}).length === 0) return false;
    const kept = client.customers.listPaymentMethods(account, { limit: PAGE });
    for (const { id } of await kept.autoPagingToArray({ limit: KEPT_MAX }))
      await client.paymentMethods.detach(id);
    await client.customers.update(account, NOBODY);
    return true;
  }

  /**
   * What was begun to be kept does not end with its customer: verified afterwards it would be kept of somebody erased. One that
   * ended meanwhile needs no ending.
   */
  async function cancelSetups(account: string): Promise<Result<null, PaymentError>> {
    const begun = await attempted(() =>
      client.setupIntents.list({ customer: account, limit: PAGE }).autoPagingToArray({ limit: KEPT_MAX }),
    );
    if (!begun.ok) return begun;
    for (const { id, status } of begun.value) {
      if (status === 'succeeded' || status === 'canceled') continue;
      const cancelled = await attempted(() => client.setupIntents.cancel(id));
      if (!cancelled.ok && cancelled.error.code !== 'invalid_state') return cancelled;
    }
    return ok(null);
  }

  return {
    openAccount: ({ customerId, generation, askedAt }) =>
      attempted(async () => {
        const forgotten = clock.now() - askedAt >= KEY_TRUSTED_MS;
        const before = forgotten ? await madeBefore(customerId, generation, askedAt) : null;
        if (before !== null) return before;
        const made = await client.customers.create(
          { metadata: { customer_id: customerId, generation } },
          { idempotencyKey: `customer:${customerId}:${generation}` },
        );
        return made.id;
      }),

    list: (account) =>
      attempted(async () => {
        const [methods, standard] = await Promise.all([
          client.customers.listPaymentMethods(account, { limit: PAGE }),
          defaultOf(account),
        ]);
        return methods.data.map((method) => toSavedMethod(method, standard));
      }),

    listUnverified: (account) =>
      attempted(async () => {
        const setups = await client.setupIntents.list({
          customer: account,
          created: { gte: Math.floor((clock.now() - VERIFYING_MS_MAX) / SECOND_MS) },
          limit: PAGE,
          expand: ['data.payment_method'],
        });
        return setups.data.flatMap(toUnverified);
      }),

    find: async (account, methodId) => {
      const found = await attempted(() => client.paymentMethods.retrieve(methodId));
      if (!found.ok) return found;
      const isOwn = idOf(found.value.customer) === account;
      return isOwn
        ? ok(toSavedMethod(found.value, null))
        : fail(paymentError('not_found', `payment method ${methodId} is not this customer's`));
    },

    setUp: (account, idempotencyKey) =>
      attempted(async () => {
        const setup = await client.setupIntents.create(
          {
            customer: account,
            usage: 'off_session',
            automatic_payment_methods: { enabled: true },
            excluded_payment_method_types: UNSAVABLE_TYPES,
          },
          { idempotencyKey },
        );
        return { id: setup.id, clientSecret: setup.client_secret ?? '' };
      }),

    // Kept methods go with it (https://docs.stripe.com/api/customers/delete).
    closeAccount: async (account) => {
      const ended = await cancelSetups(account);
      if (!ended.ok) return ended.error.code === 'not_found' ? ok(null) : ended;
      const closed = await attempted(() => client.customers.del(account));
      if (closed.ok || closed.error.code === 'not_found') return ok(null);
      const emptied = await attempted(() => emptyAccount(account));
      if (!emptied.ok) return emptied;
      return emptied.value ? ok(null) : closed;
    },

    remove: (methodId) =>
      attempted(async () => {
        await client.paymentMethods.detach(methodId);
        return null;
      }),

    makeDefault: (account, methodId) =>
      attempted(async () => {
        await client.customers.update(account, { invoice_settings: { default_payment_method: methodId } });
        return null;
      }),
  };
}

/** A set-up from before was given up. */
const VERIFYING_MS_MAX = Math.max(...PAYMENT_METHODS.map(({ method }) => verifyingMs(method)));

function toUnverified(setup: Stripe.SetupIntent): UnverifiedMethod[] {
  const asked = toVerification(setup);
  const { payment_method: method } = setup;
  if (asked === null || method === null || typeof method === 'string') return [];
  const { method: type, title, last4 } = toSavedMethod(method, null);
  const { kind, arrivesAt, url } = asked;
  return [
    {
      id: setup.id,
      method: type,
      title,
      last4,
      verification: {
        kind,
        arrivesAt: arrivesAt === null ? null : rfc3339(arrivesAt),
        verifyBefore: rfc3339(setup.created * SECOND_MS + verifyingMs(type)),
        url,
      },
      createdAt: rfc3339(setup.created * SECOND_MS),
    },
  ];
}

async function attempted<Value>(run: () => Promise<Value>): Promise<Result<Value, PaymentError>> {
  try {
    return ok(await run());
  } catch (error) {
    return fail(toPaymentError(error));
  }
}

function toSavedMethod(method: Stripe.PaymentMethod, standard: string | null): SavedMethod {
  const { card, type } = method;
  const bank = method.sepa_debit ?? method.us_bank_account ?? method.bacs_debit ?? null;
  const brand = card?.brand ?? null;
  const last4 = card?.last4 ?? bank?.last4 ?? null;
  const name = brand === null ? (paymentMethod(type)?.title ?? type) : brandName(brand);
  return {
    id: method.id,
    method: type,
    title: last4 === null ? name : `${name} •••• ${last4}`,
    brand,
    last4,
    expires: card === undefined ? null : `${card.exp_year}-${String(card.exp_month).padStart(2, '0')}`,
    isDefault: method.id === standard,
    createdAt: rfc3339(method.created * SECOND_MS),
  };
}

const brandName = (brand: string): string => brand.charAt(0).toUpperCase() + brand.slice(1);
