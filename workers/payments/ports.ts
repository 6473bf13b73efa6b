import { giftCardDirectory } from '#objects/gift-card/directory.ts';
import { codesOf } from '#objects/gift-card/of-env.ts';
import { callObject } from '#objects/lib/namespace.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { type KeyInUse, keysInUse } from '#shared/crypto/keys-in-use.ts';
import { factsQueueOf } from '#shared/queues/payment-facts.ts';
import { sendingTo } from '#shared/queues/sending.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import { provider } from './providers.ts';
import { d1Disputes } from './queries/disputes.ts';
import { d1Findings } from './queries/findings.ts';
import { giftCardsByKey } from './queries/gift-card-keys.ts';
import { type GiftCardLiability, giftCardLiability } from './queries/gift-card-liability.ts';
import { d1Inbox } from './queries/inbox.ts';
import { d1Ledger } from './queries/ledger.ts';
import { d1OurPayments } from './queries/our-payments.ts';
import { d1Reconciliations } from './queries/reconciliations.ts';
import { d1Persons } from './queries/persons.ts';
import { d1ProviderCustomers } from './queries/provider-customers.ts';
import { d1Registry } from './queries/registry.ts';
import { settlementPages } from './queries/settlement.ts';
import type { PersonPorts } from './privacy/export-person.ts';
import type { FindingStore } from './usecases/findings/ports.ts';
import { cardFacts, cardLedgerOf } from './usecases/gift-cards/facts.ts';
import type { DisputeList, FactsSource, LedgerPorts } from './usecases/ledger/ports.ts';
import type { Period, ReconcilePorts } from './usecases/reconcile/ports.ts';
import type { SettlementRow } from './usecases/settlement.ts';
import type { GiftCardPorts } from './usecases/gift-cards/ports.ts';
import type { VaultPorts } from './usecases/saved-methods/ports.ts';
import type { EventOwnerSource, EventPorts, PaymentGateway, WebhookVerifier } from './usecases/ports.ts';

export const eventPorts = (env: Env): EventPorts & { verifier: WebhookVerifier } => ({
  inbox: d1Inbox(env.PAYMENTS_DB),
  registry: d1Registry(env.PAYMENTS_DB),
  queue: sendingTo(env.PAYMENT_EVENTS),
  factsQueue: factsQueueOf(env.PAYMENT_FACTS),
  clock: systemClock,
  verifier: provider(env).webhooks,
});

/** What the minute's sweep of the inbox needs beside. */
export const sweepPorts = (env: Env): EventPorts & { owners: EventOwnerSource } => ({
  ...eventPorts(env),
  owners: provider(env).owners,
});

export const reconcilePorts = (env: Env): ReconcilePorts => ({
  ...eventPorts(env),
  ...ledgerPorts(env),
  runs: d1Reconciliations(env.PAYMENTS_DB),
  ours: d1OurPayments(env.PAYMENTS_DB),
  period: provider(env).period,
  gateway: provider(env).gateway,
});

export const disputes = (env: Env): DisputeList => d1Disputes(env.PAYMENTS_DB);

/** Movements of our balance in a period, page by page. */
export const settlement = (env: Env, period: Period): AsyncIterable<SettlementRow[]> =>
  settlementPages(env.PAYMENTS_DB, period);

/** What is owed for gift cards, by currency. */
export const liability = (env: Env): Promise<GiftCardLiability[]> => giftCardLiability(env.PAYMENTS_DB);

/** The keys that codes of gift cards were made with, and how many cards need each. */
export async function giftCardKeys(env: Env): Promise<KeyInUse[]> {
  const { withBalance, spent } = await giftCardsByKey(env.PAYMENTS_DB);
  return keysInUse(keyRing('GIFT_CARD_KEY', env.GIFT_CARD_KEY), [
    ['gift_cards.balance', withBalance],
    ['gift_cards.spent', spent],
  ]);
}

/** Whoever keeps the money of a payment knows its facts: the provider, or a gift card. */
const factsSource = (env: Env): FactsSource => ({
  facts(paymentId) {
    const card = cardLedgerOf(paymentId);
    return card === null ? provider(env).facts.facts(paymentId) : cardFacts(giftCardPorts(env), card);
  },
});

export const ledgerPorts = (env: Env): LedgerPorts & { findings: FindingStore } => ({
  ledger: d1Ledger(env.PAYMENTS_DB),
  findings: d1Findings(env.PAYMENTS_DB),
  factsQueue: factsQueueOf(env.PAYMENT_FACTS),
  source: factsSource(env),
  clock: systemClock,
});

export const vaultPorts = (env: Env): VaultPorts => ({
  vault: provider(env).vault,
  customers: d1ProviderCustomers(env.PAYMENTS_DB, provider(env).name),
  clock: systemClock,
});

/** What is kept about a person, here and at the provider. */
export const personPorts = (env: Env): PersonPorts => ({
  ...vaultPorts(env),
  ...giftCardPorts(env),
  persons: d1Persons(env.PAYMENTS_DB),
});

export const giftCardPorts = (env: Env): GiftCardPorts => ({
  codes: codesOf(env),
  directory: giftCardDirectory(env.PAYMENTS_DB),
  card: (cardId, call) => callObject(env.GIFT_CARD, cardId, call),
  tries: (subject, call) => callObject(env.GIFT_CARD_TRIES, subject, call),
  clock: systemClock,
});

/** The payment provider. */
export const paymentGateway = (env: Env): PaymentGateway => provider(env).gateway;
