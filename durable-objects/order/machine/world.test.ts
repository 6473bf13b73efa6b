import {
  array,
  assert,
  asyncProperty,
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
import { specOf, STATES } from './table.ts';
import { type Outcome, transition } from './transition.ts';

const RUNS = 2_000;

const plans: Arbitrary<WorldPlan> = record({
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
        { weight: 2, arbitrary: constantFrom<Action>('decline', 'bounce', 'nudge', 'time', 'fail', 'stuck') },
        {
          weight: interference,
          arbitrary: constantFrom<Action>('cancel', 'operator-cancel', 'window', 'overdue', 'expire'),
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
      return world.atProvider((payment) => {
        if (payment.state !== 'requires_payment') return;
        Object.assign(payment, { state: 'authorised', authorised: payment.amount, lastError: null });
      });
    case 'decline':
      return world.atProvider((payment) => {
        if (payment.state !== 'requires_payment') return;
        payment.lastError = { code: 'card_declined', declineCode: null, message: 'Your card was declined.' };
      });
    case 'process':
      return world.atProvider((payment) => {
        if (payment.state === 'requires_payment') payment.state = 'processing';
      });
    case 'settle':
      return world.atProvider((payment) => {
        if (payment.state === 'processing')
          Object.assign(payment, { state: 'captured', captured: payment.amount });
      });
    case 'bounce':
      return world.atProvider((payment) => {
        if (payment.state === 'processing') payment.state = 'requires_payment';
      });
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
    if (world.document.state === 'needs_operator') world.apply({ type: 'operator.retried', at: world.now });
    else if (world.payment?.state === 'processing')
      await act(world, { action: 'settle', pick: 0, fault: 'none' });
    else if (world.document.state === 'awaiting_payment')
      await act(world, { action: 'window', pick: 0, fault: 'none' });
    else world.apply({ type: 'order.nudged', at: world.now });
  }
  throw new Error(`no end in sight: ${world.document.state} ${JSON.stringify(world.document.attention)}`);
}

/** What must hold after every single event and does not. */
function faultsNow(world: World, outcome: Outcome, event: OrderEvent): string[] {
  const { document } = outcome;
  const { authorised, captured, voided, refunded } = document.payment;
  const open = openAmount(document.payment);
  const again = transition(document, event);
  const soldTooMuch = [...world.stock.values()].some(({ level, holds, supply }) => {
    const sold = sum(holds.filter((hold) => hold.state === 'committed').map((hold) => hold.quantity));
    return sold + level.held > supply || level.onHand + sold !== supply;
  });
  return broken({
    'authorised = captured + voided + open': authorised === captured + voided + open,
    'no amount is negative': Math.min(authorised, captured, voided, refunded, open) >= 0,
    'never more is captured than the total': captured <= document.total,
    'nothing is delivered that is not paid': delivered(document) <= captured - refunded,
    'the lines add up to the total': document.total === sum(document.lines.map(lineTotal)),
    'one payment at most': world.paymentsCreated <= 1,
    'one provisioning a line at most': [...world.instances.values()].every((one) => one.workflows.size <= 1),
    'sold + held ≤ stock': !soldTooMuch,
    'a repeat changes nothing': !again.changed,
    'a repeat asks for nothing': again.intents.every(({ key }) => world.keys.has(key)),
  });
}

/** What must hold at the end and does not: no hold, no live instance and no money that is not for something delivered. */
function faultsAtEnd(world: World): string[] {
  const { document } = world;
  const { payment } = document;
  const complete = document.state === 'completed';
  const provider = world.payment ?? { state: 'cancelled', captured: 0, refunded: 0 };
  return broken({
    'it has ended': specOf(document.state).terminal === true,
    'every line is delivered or undone': document.lines.every(
      (line) => line.state === (complete ? 'delivered' : 'undone'),
    ),
    'no instance is left over': document.lines.every(
      (line) =>
        (world.instances.get(line.instanceId)?.state ?? 'undone') === (complete ? 'active' : 'undone'),
    ),
    'no unit is left over': [...world.stock.values()].every(({ level, holds, supply }) => {
      const sold = complete ? sum(holds.map((hold) => hold.quantity)) : 0;
      return level.held === 0 && level.onHand === supply - sold;
    }),
    'no money is left open': openAmount(payment) === 0,
    'captured − refunded = value delivered': payment.captured - payment.refunded === delivered(document),
    'the provider agrees':
      ['captured', 'cancelled'].includes(provider.state) &&
      provider.captured === payment.captured &&
      provider.refunded === payment.refunded,
    'cancelled means never charged': document.state !== 'cancelled' || payment.captured === 0,
    'refunded means charged before': document.state !== 'refunded' || payment.refunded > 0,
    'the customer is told why': complete || document.reason !== null,
  });
}

const broken = (rules: Record<string, boolean>): string[] =>
  Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const lineTotal = (line: OrderDocument['lines'][number]): number => line.price.total;
const delivered = (document: OrderDocument): number =>
  sum(document.lines.filter((line) => line.state === 'delivered').map(lineTotal));

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
