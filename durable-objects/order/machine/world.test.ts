import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World, type Fault, type WorldPlan } from '../testing/world.ts';
import { openAmount, type OrderDocument } from './document.ts';
import type { OrderEvent } from './events.ts';
import { capturedOf, deliveredValueOf, excessOf, ledgersOf, refundedOf } from './money.ts';
import { specOf, STATES } from './table.ts';
import { type Outcome, transition } from './transition.ts';
import { deadlineOf } from './view.ts';

const RUNS = 2_000;

const plans: Arbitrary<WorldPlan> = record({
  delivery: constantFrom('together', 'as_ready'),
  multicapture: boolean(),
  stock: tuple(
    option(integer({ min: 0, max: 6 })),
    option(integer({ min: 2, max: 6 })),
    option(integer({ min: 2, max: 6 })),
  ),
  lines: array(
    record({
      sku: integer({ min: 0, max: 2 }),
      price: oneof(
        { weight: 1, arbitrary: constant(0) },
        { weight: 6, arbitrary: integer({ min: 1, max: 500 }) },
      ),
      quantity: integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  promotion: constantFrom('none', 'left', 'left', 'used_up'),
});

type Action =
  | 'effect'
  | 'message'
  | 'repeat'
  | 'provision'
  | 'fail'
  | 'stuck'
  | 'authorise'
  | 'decline'
  | 'process'
  | 'settle'
  | 'bounce'
  | 'cancel'
  | 'operator-cancel'
  | 'retry'
  | 'window'
  | 'hold'
  | 'lapse'
  | 'refund-made'
  | 'refund-fails'
  | 'overdue'
  | 'nudge'
  | 'expire'
  | 'time';
interface Step {
  action: Action;
  pick: number;
  fault: Fault;
}
const stepsWith = (interference: number): Arbitrary<Step[]> =>
  array(
    record({
      action: oneof(
        { weight: 30, arbitrary: constantFrom<Action>('effect', 'effect', 'message', 'provision') },
        { weight: 8, arbitrary: constantFrom<Action>('authorise', 'process', 'settle', 'repeat', 'retry') },
        {
          weight: 2,
          arbitrary: constantFrom<Action>(
            'decline',
            'bounce',
            'nudge',
            'time',
            'fail',
            'stuck',
            'refund-made',
            'hold',
          ),
        },
        {
          weight: interference,
          arbitrary: constantFrom<Action>(
            'cancel',
            'operator-cancel',
            'window',
            'overdue',
            'expire',
            'hold',
            'lapse',
            'refund-fails',
          ),
        },
      ),
      pick: nat(50),
      fault: oneof(
        { weight: 6, arbitrary: constant<Fault>('none') },
        { weight: 1, arbitrary: constantFrom<Fault>('lost', 'away', 'overtaken', 'poisoned') },
      ),
    }),
    { minLength: 20, maxLength: 150 },
  );
/** Mostly things go on and now and then somebody interferes; or everybody does all the time. */
const steps = oneof(stepsWith(1), stepsWith(8));

async function act(world: World, step: Step) {
  const at = world.now;
  switch (step.action) {
    case 'effect': {
      const heads = world.heads();
      const row = heads[step.pick % Math.max(1, heads.length)];
      if (row !== undefined) await world.deliver(row, step.fault);
      return;
    }
    case 'message':
      return world.receive(step.pick, false);
    case 'repeat':
      return world.receive(step.pick, true);
    case 'provision':
      return world.provision(step.pick, 'provisioned');
    case 'fail':
      return world.provision(step.pick, 'failed');
    case 'stuck':
      return world.provision(step.pick, 'stuck');
    case 'authorise':
      return world.atProvider(step.pick, (payment) => world.provider.authorise(payment));
    case 'decline':
      return world.atProvider(step.pick, (payment) => {
        if (payment.state !== 'requires_payment') return;
        payment.lastError = { code: 'card_declined', declineCode: null, message: 'Your card was declined.' };
      });
    case 'process':
      return world.atProvider(step.pick, (payment) => {
        if (payment.state === 'requires_payment') payment.state = 'processing';
      });
    case 'settle':
      return world.atProvider(step.pick, (payment) => {
        if (payment.state === 'processing')
          Object.assign(payment, {
            state: 'captured',
            captured: payment.amount,
            authorised: payment.amount,
          });
      });
    case 'bounce':
      return world.atProvider(step.pick, (payment) => {
        if (payment.state === 'processing') payment.state = 'requires_payment';
      });
    case 'lapse':
      return world.atProvider(step.pick, (payment) => {
        if (payment.state === 'authorised') Object.assign(payment, { state: 'cancelled', capturable: 0 });
      });
    case 'refund-made':
      return world.atProvider(step.pick, (payment) => {
        for (const refund of payment.refunds) if (refund.state === 'pending') refund.state = 'succeeded';
      });
    case 'refund-fails':
      return world.atProvider(step.pick, (payment) => {
        const refund = payment.refunds.find(({ state }) => state !== 'failed');
        if (refund === undefined || step.pick % 4 !== 0) return;
        refund.state = 'failed';
        payment.refunded -= refund.amount;
      });
    case 'hold': {
      const deadline = deadlineOf(world.document);
      if (deadline === null || !deadline.event.startsWith('authorisation')) return;
      world.now = Math.max(world.now, deadline.at);
      world.apply({ type: deadline.event, at: world.now });
      return;
    }
    case 'cancel':
      world.apply({ type: 'cancel.requested', by: 'customer', text: null, at });
      return;
    case 'operator-cancel':
      world.apply({ type: 'cancel.requested', by: 'operator', text: null, at });
      return;
    case 'retry':
      world.apply({ type: 'operator.retried', at });
      return;
    case 'window':
      if (step.pick % 4 === 0) world.now = Math.max(world.now, world.document.dueAt);
      world.apply({ type: 'window.ended', at: world.now });
      return;
    case 'overdue':
      if (step.pick % 4 === 0) world.apply({ type: 'stage.overdue', at });
      return;
    case 'nudge':
      world.apply({ type: 'order.nudged', at });
      return;
    case 'expire':
      if (step.pick % 4 === 0) world.expireHolds();
      return;
    case 'time':
      world.now += step.pick * 60_000;
  }
}

/** Nothing more goes wrong: everybody does what is left to do. */
async function calm(world: World): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    const before = world.document.version;
    for (let head = world.heads()[0]; head !== undefined; head = world.heads()[0])
      await world.deliver(head, 'none');
    while (world.inbox.length > 0) world.receive(0, false);
    while (world.provisionerInbox.length > 0) world.provision(0, 'provisioned');
    if (world.heads().length > 0 || world.inbox.length > 0) continue;
    if (specOf(world.document.state).terminal === true) return;
    if (world.document.version !== before) continue;
    world.now += 3_600_000;
    const deadline = deadlineOf(world.document);
    if (deadline !== null && deadline.event.startsWith('authorisation') && deadline.at <= world.now)
      world.apply({ type: deadline.event, at: world.now });
    if (world.document.state === 'needs_operator') world.apply({ type: 'operator.retried', at: world.now });
    else if (world.provider.payments.some(({ state }) => state === 'processing'))
      for (const pick of world.provider.payments.keys())
        await act(world, { action: 'settle', pick, fault: 'none' });
    else if (world.document.state === 'awaiting_payment')
      await act(world, { action: 'window', pick: 0, fault: 'none' });
    else world.apply({ type: 'order.nudged', at: world.now });
  }
  throw new Error(`no end in sight: ${world.document.state} ${JSON.stringify(world.document.attention)}`);
}

/** What must hold after every single event and does not. */
function faultsNow(world: World, outcome: Outcome, event: OrderEvent): string[] {
  const { document } = outcome;
  const ledgers = ledgersOf(document);
  const again = transition(document, event);
  const soldTooMuch = [...world.stock.values()].some(({ shelf: [level], holds, supply }) => {
    const sold = sum(holds.filter((hold) => hold.state === 'committed').map((hold) => hold.quantity));
    return level === undefined || sold + level.held > supply || level.onHand + sold !== supply;
  });
  return broken({
    'authorised = captured + voided + open': ledgers.every(
      (ledger) => ledger.authorised === ledger.captured + ledger.voided + openAmount(ledger),
    ),
    'no amount is negative': ledgers.every(
      (ledger) =>
        Math.min(ledger.authorised, ledger.captured, ledger.voided, ledger.refunded, openAmount(ledger)) >= 0,
    ),
    'never more is captured than the total': capturedOf(document) <= document.total,
    'nothing is delivered that is not paid':
      deliveredValueOf(document) <= capturedOf(document) - refundedOf(document),
    'the lines add up to the total': document.total === sum(document.lines.map(lineTotal)),
    'one payment an attempt': world.provider.payments.length <= ledgers.length,
    'one payment at most is captured':
      ledgers.filter((ledger) => ledger.captured > 0 && openAmount(ledger) > 0).length <= 1,
    'one provisioning a line at most': [...world.instances.values()].every((one) => one.workflows.size <= 1),
    'sold + held ≤ stock': !soldTooMuch,
    'a repeat changes nothing': !again.changed,
    'a repeat asks for nothing': again.intents.every(({ key }) => world.keys.has(key)),
  });
}

/** What must hold at the end and does not: no hold, no live instance and no money that is not for something delivered. */
function faultsAtEnd(world: World): string[] {
  const { document } = world;
  const { payments } = world.provider;
  const complete = document.state === 'completed';
  const isDelivered = (lineId: string): boolean =>
    document.lines.some((line) => line.id === lineId && line.state === 'delivered');
  const charged = sum(payments.map(({ captured, refunded }) => captured - refunded));
  return broken({
    'it has ended': specOf(document.state).terminal === true,
    'every line is delivered or undone': document.lines.every(
      (line) => line.state === 'undone' || (complete && line.state === 'delivered'),
    ),
    'what is complete has something delivered':
      complete === document.lines.some((line) => isDelivered(line.id)),
    'all or none, when together':
      document.delivery === 'as_ready' || new Set(document.lines.map(({ state }) => state)).size <= 1,
    'no instance is left over': document.lines.every(
      (line) =>
        (world.instances.get(line.instanceId)?.state ?? 'undone') ===
        (isDelivered(line.id) ? 'active' : 'undone'),
    ),
    'no unit is left over': [...world.stock.values()].every(({ shelf: [level], holds, supply }) => {
      const sold = sum(holds.filter((hold) => isDelivered(hold.lineId)).map((hold) => hold.quantity));
      return level?.held === 0 && level.onHand === supply - sold;
    }),
    'a use of a promotion belongs to what was bought with it':
      (world.use === 'claimed') === (complete && document.promotions.length > 0),
    'no money is left open':
      ledgersOf(document).every((ledger) => openAmount(ledger) === 0) &&
      payments.every(({ state }) => state === 'captured' || state === 'cancelled'),
    'captured − refunded = value delivered': charged === deliveredValueOf(document),
    'the order knows what the provider knows':
      charged === capturedOf(document) - refundedOf(document) && excessOf(document) === 0,
    'cancelled means never charged': document.state !== 'cancelled' || capturedOf(document) === 0,
    'refunded means charged before': document.state !== 'refunded' || refundedOf(document) > 0,
    'the customer is told why':
      document.lines.every((line) => isDelivered(line.id)) || document.reason !== null,
  });
}

const broken = (rules: Record<string, boolean>): string[] =>
  Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const lineTotal = (line: OrderDocument['lines'][number]): number => line.price.total;
describe('the world around an order', () => {
  it('always comes to a settled end, whatever is lost, repeated, reordered, declined, cancelled or late', async () => {
    const seen = new Set<string>();
    await assert(
      asyncProperty(plans, steps, async (plan, actions) => {
        // Collected, not thrown: a throw inside an effect would pass for a failed delivery.
        const faults: string[] = [];
        const world = new World(plan, (present, outcome, event) => {
          seen.add(outcome.document.state);
          faults.push(...faultsNow(present, outcome, event).map((fault) => `${fault}, after ${event.type}`));
        });
        for (const action of actions) await act(world, action);
        await calm(world);
        expect(faults).toEqual([]);
        expect(faultsAtEnd(world)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    const unseen = STATES.filter((state) => !seen.has(state));
    expect(unseen, 'states no history came through').toEqual(['rejected']);
  }, 120_000);

  it('stays settled when more messages and wishes arrive after the end', async () => {
    await assert(
      asyncProperty(plans, steps, steps, async (plan, before, after) => {
        const world = new World(plan, () => {});
        for (const action of before) await act(world, action);
        await calm(world);
        for (const action of after) await act(world, action);
        await calm(world);
        expect(faultsAtEnd(world)).toEqual([]);
      }),
      { numRuns: RUNS / 4 },
    );
  }, 120_000);
});
