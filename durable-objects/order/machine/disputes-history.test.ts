import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bank, Uses } from '../testing/bank.ts';
import { after, AT, by, decide, type Fact, key, parcel, sold } from '../testing/disputed.ts';
import { lineMessage } from '../messages.ts';
import { checkAfterSale } from './after-sale/check.ts';
import type { AfterSaleCommand } from './after-sale/events.ts';
import type { OrderDocument } from './document.ts';
import { takenOf } from './money.ts';
import { isSuspendable, suspensionOf } from './suspension.ts';
import type { Outcome } from './transition.ts';

/*
 * Any history of disputes, refunds past the order, refunds of the order and decisions of people, with news that comes
 * twice, late or not at all: no money goes back twice, and what a customer can use is what follows from the last word.
 */

const share = integer({ min: 1, max: 4 });
const stepArbitrary = oneof(
  { weight: 4, arbitrary: record({ do: constantFrom('open' as const, 'warn' as const), share }) },
  {
    weight: 4,
    arbitrary: record({
      do: constantFrom('chargeback' as const, 'won' as const, 'lost' as const),
      index: nat(3),
    }),
  },
  { weight: 2, arbitrary: record({ do: constant('outside' as const), share }) },
  { weight: 1, arbitrary: record({ do: constant('outside fails' as const) }) },
  { weight: 1, arbitrary: record({ do: constant('refund fails' as const) }) },
  { weight: 8, arbitrary: record({ do: constant('news' as const) }) },
  { weight: 3, arbitrary: record({ do: constant('old news' as const), index: nat(20) }) },
  { weight: 3, arbitrary: record({ do: constant('refund' as const), share }) },
  {
    weight: 3,
    arbitrary: record({
      do: constantFrom('suspend' as const, 'restore' as const, 'revoke' as const),
      index: nat(2),
    }),
  },
  {
    weight: 2,
    arbitrary: record({ do: constantFrom('retry' as const, 'nudge' as const, 'cancel' as const) }),
  },
);
type Step = (typeof stepArbitrary extends Arbitrary<infer Value> ? Value : never) & {
  share?: number;
  index?: number;
};

class World {
  document = sold(key(1), key(2, { onDispute: 'keep' }), parcel);
  readonly bank = new Bank(this.document.total);
  readonly uses = new Uses();
  readonly messages: { lineId: string; sequence: number; type: string }[] = [];
  readonly #news: Fact[] = [];
  /** As the outbox: what was asked for under a key is done once. */
  readonly #asked = new Set<string>();
  #refunds = 0;

  take(step: Step): void {
    const { bank } = this;
    switch (step.do) {
      case 'open':
      case 'warn':
        return bank.open(step.share ?? 1, step.do === 'open' ? 'open' : 'warning');
      case 'chargeback':
        return bank.decide(step.index ?? 0, 'open');
      case 'won':
      case 'lost':
        return bank.decide(step.index ?? 0, step.do);
      case 'outside':
        bank.outside += Math.floor((Math.max(0, bank.left) * (step.share ?? 1)) / 4);
        return;
      case 'outside fails':
        bank.outside = 0;
        return;
      case 'refund fails': {
        const made = [...bank.refunds.values()].find(({ state }) => state === 'succeeded');
        if (made !== undefined) made.state = 'failed';
        return;
      }
      case 'news':
        return this.hear();
      case 'old news':
        return this.#old(step.index ?? 0);
      case 'refund':
        return this.#refund(step.share ?? 1);
      case 'suspend':
      case 'restore':
      case 'revoke':
        return this.#wish(
          decide(step.do, ...this.document.lines.slice(step.index ?? 0, (step.index ?? 0) + 1)),
        );
      case 'retry':
        return this.apply({ type: 'operator.retried' });
      case 'nudge':
        return this.apply({ type: 'order.nudged' });
      case 'cancel':
        return this.apply({ type: 'cancel.requested', by: 'operator', text: null });
    }
  }

  hear(): void {
    const fact = this.bank.snapshot(this.document);
    this.#news.push(fact);
    this.apply(fact);
  }

  apply(fact: Fact): void {
    const before = this.document;
    const outcome = after(before, fact);
    this.document = outcome.document;
    this.#check(before);
    for (const next of this.#deliver(outcome)) this.apply(next);
  }

  /** Only news older than what the order heard last of its own refunds is recognised; the provider sends snapshots. */
  #old(index: number): void {
    const fact = this.#news[index % Math.max(1, this.#news.length)];
    if (fact === undefined || fact.type !== 'payment.captured') return;
    const { disputes } = fact.payment;
    const present = this.bank.snapshot(this.document);
    if (present.type !== 'payment.captured') return;
    this.apply({ ...present, payment: { ...present.payment, disputes } });
  }

  #refund(share: number): void {
    const amount = Math.max(1, Math.floor((this.document.total * share) / 4));
    this.#refunds += 1;
    this.#wish({
      type: 'refund.requested',
      refundId: `ref_${this.#refunds}`,
      wish: { of: 'amount', amount, shipping: false },
      revoke: [],
      restock: [],
      by,
      why: '',
    });
  }

  #wish(command: AfterSaleCommand): void {
    if (checkAfterSale(this.document, { ...command, at: AT }) === null) this.apply(command);
  }

  #deliver({ document, intents }: Outcome): Fact[] {
    return intents.flatMap(({ key: asked, effect }): Fact[] => {
      if (this.#asked.has(asked)) return [];
      this.#asked.add(asked);
      if (effect.step === 'lines.access') {
        for (const line of document.lines.filter(({ id }) => effect.lineIds.includes(id))) {
          const message = lineMessage(document, line, 'lines.access', asked, 'r');
          if ('sequence' in message) this.messages.push(message);
        }
      }
      if (effect.step === 'lines.deprovision') {
        return effect.lineIds.map((lineId): Fact => ({ type: 'line.deprovisioned', lineId, detail: '' }));
      }
      if (effect.step !== 'payment.refund') return [];
      const refund = document.refunds.find(({ id }) => id === effect.refundId);
      if (refund === undefined) return [];
      const done = this.bank.refund(refund.id, refund.amount);
      const present = this.bank.snapshot(this.document);
      const { refundId } = effect;
      const refused: Fact = {
        type: 'payment.step_refused',
        key: asked,
        step: 'payment.refund',
        refundId,
        error: 'not there',
      };
      return done ? [present] : [present, refused];
    });
  }

  /** Whatever the order asks to be given back was there to be given, as far as it had been told. */
  #check(before: OrderDocument): void {
    const { refunds, payment } = this.document;
    const fresh = refunds.filter(({ id }) => before.refunds.every((refund) => refund.id !== id));
    if (fresh.length > 0) {
      const promised = refunds
        .filter(({ state }) => state !== 'failed')
        .reduce((sum, { amount }) => sum + amount, 0);
      const gone = promised + payment.refundedOutside + takenOf(this.document);
      if (gone > payment.captured) throw new Error(`${gone} of ${payment.captured} would be gone`);
    }
    for (const line of this.document.lines.filter(isSuspendable)) {
      const wanted = suspensionOf(this.document, line) !== null;
      if ((line.access?.suspended ?? false) !== wanted) throw new Error(`${line.id} is not as wanted`);
    }
  }
}

describe('whatever banks, the provider and people do', () => {
  it('no money goes back twice, and each line ends as the last word of all wants it', () => {
    assert(
      property(
        array(stepArbitrary, { maxLength: 25 }),
        array(nat(), { minLength: 60, maxLength: 60 }),
        (steps, chances) => {
          const world = new World();
          for (const step of steps) world.take(step);
          world.hear();
          expect(world.bank.refunded + world.bank.taken).toBeLessThanOrEqual(world.bank.captured);
          const { messages, uses, document } = world;
          const shuffled = messages
            .map((message, index) => ({ message, order: chances[index % chances.length] ?? 0 }))
            .sort((a, b) => a.order - b.order);
          for (const { message } of [...shuffled, ...shuffled.slice(0, 2)]) uses.hear(message);
          for (const line of document.lines.filter(isSuspendable)) {
            const heard = uses.wishes.get(line.id);
            expect(heard?.suspended ?? false).toBe(suspensionOf(document, line) !== null);
          }
        },
      ),
      { numRuns: 600 },
    );
  }, 60_000);
});
