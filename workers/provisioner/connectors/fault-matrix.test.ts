import { eq, like } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloads, licenceKeys, poolKeys } from '#shared/db/store.ts';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import {
  bindStep,
  brokerInputs,
  provisionStep,
  send,
  spareInstance,
  useBroker,
} from '../testing/broker-world.ts';
import { useConsumer } from '../testing/fake-consumer.ts';
import { useMailbox } from '../testing/fake-mailbox.ts';
import { SHIP_INPUTS, useFulfiller } from '../testing/fake-fulfiller.ts';
import { eventually, type ProvisionMessage, row } from '../testing/harness.ts';
import { httpInputs, useHttpPartner } from '../testing/http-world.ts';
import { operator } from '../testing/templates.ts';
import { giftCardsOf } from '../testing/gift-cards.ts';
import { useWorld } from '../testing/world.ts';
import { everyFault, FAULTS, type OwnSubject, type RemoteSubject, type Subject } from './fault-suite.ts';
import { type OperationName, OPERATIONS } from './operations.ts';

const world = useWorld();
const things = useHttpPartner(world);
const brokers = useBroker(world);
const goods = useFulfiller(world);
const consumers = useConsumer(world);
const mails = useMailbox(world);

const SETTLE = { attempts: 1, waitSeconds: [600, 600] };
const ADDRESS = { name: 'A', line1: 'B', line2: '', postalCode: '1', city: 'C', country: 'DE' };
/** What a customer chose; without a choice what is right. */
const chosen = (name: string, right: unknown) => ({ from: `/customisation/${name}`, default: right });

const atPartner = (name: string, operation: OperationName, inputs: object): RemoteSubject => ({
  name,
  operation,
  step: () => {
    world.partner.onOrder = 'finish';
    return { settle: SETTLE, inputs };
  },
  made: () => world.partner.orders.size,
  live: () => world.partner.live().length,
  wire: () => world.partner.wire,
  faults: () => world.partner.faults,
  later: {
    wait: () => {
      world.partner.onOrder = 'wait';
    },
    finishAll: () => {
      for (const order of world.partner.orders.values()) world.partner.finish(order, 'succeeded', true);
    },
  },
});

const overHttp = (name: string, call: object, later: RemoteSubject['later']): RemoteSubject => ({
  name,
  operation: 'http.call',
  step: () => ({ settle: SETTLE, inputs: httpInputs(call) }),
  made: () => things.http.things.size,
  live: () => things.http.live().length,
  wire: () => things.http.wire,
  faults: () => things.http.faults,
  later,
});

const SPARE_INSTANCE = 'an instance that is there';
const madeAtBroker = (of: 'instances' | 'bindings') =>
  Object.entries<{ state: string }>(brokers.broker.state[of])
    .filter(([id]) => id !== SPARE_INSTANCE)
    .map(([, each]) => each);
const atBroker = (name: string, of: 'instances' | 'bindings', step: () => object): RemoteSubject => ({
  name,
  operation: of === 'instances' ? 'broker.provision' : 'broker.bind',
  step: () => ({ ...step(), name: 'it', after: [] }),
  made: () => madeAtBroker(of).length,
  live: () => madeAtBroker(of).filter(({ state }) => state === 'ready').length,
  wire: () => brokers.wire,
  faults: () => brokers.faults,
  later: {
    wait: () => {
      brokers.broker.holds = true;
    },
    finishAll: () => brokers.broker.finish(true),
  },
});

const db = () => drizzle(workerEnv<Env>().STORE_DB);
const keysOf = ({ instanceId }: ProvisionMessage) =>
  db().select().from(licenceKeys).where(eq(licenceKeys.instanceId, instanceId));
const keys = {
  made: async (line: ProvisionMessage) => (await keysOf(line)).length,
  live: async (line: ProvisionMessage) =>
    (await keysOf(line)).filter(({ revokedAt }) => revokedAt === null).length,
};
/** Neither makes anything that could be left behind. */
const nothing = { made: () => 0, live: () => 0 };
const quantity = {
  inputs: { quantity: chosen('quantity', 1), activationsMax: { value: 1 } },
  unreadable: { quantity: 'many' },
  refused: { quantity: 0 },
};
const own = (
  name: string,
  operation: OperationName,
  { inputs, ...more }: Omit<OwnSubject, 'name' | 'operation' | 'step'> & { inputs: object; undo?: object },
): OwnSubject => ({
  name,
  operation,
  step: () => ({ inputs, ...('undo' in more ? { undo: more.undo } : {}) }),
  ...more,
});

beforeEach(fillPool);
afterEach(() => {
  vi.restoreAllMocks();
});

/** A person who does what is asked as soon as it is, unless the line ends before. */
async function answered({ instanceId }: ProvisionMessage): Promise<void> {
  const headers = { ...(await operator()), 'content-type': 'application/json' };
  const url = 'https://shop.test/v1/provisioning/tasks';
  await eventually(async () => {
    const found = await self.fetch(`${url}?instanceId=${instanceId}`, { headers });
    const [task] = (await found.json<{ items: { id: string }[] }>()).items;
    if (task === undefined) return expect((await row({ instanceId }))?.state).not.toBe('provisioning');
    const decision = { decision: 'answer', result: { done: true } };
    const decided = await self.fetch(`${url}/${task.id}/decisions`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': task.id },
      body: JSON.stringify(decision),
    });
    expect(decided.status).toBe(200);
  });
}

const POOL = 'pool-of-the-matrix';
async function fillPool(): Promise<void> {
  await send('PUT', `licence-pools/${POOL}`, { title: 'Keys', lowAt: 0, afterUndo: 'return' });
  await self.fetch(`https://shop.test/v1/provisioning/licence-pools/${POOL}/keys`, {
    method: 'POST',
    headers: { ...(await operator()), 'content-type': 'text/plain' },
    body: ['a', 'b', 'c', 'd'].map((name) => `${name}-${crypto.randomUUID()}`).join('\n'),
  });
}
const heldOf = ({ instanceId }: ProvisionMessage) =>
  db()
    .select()
    .from(poolKeys)
    .where(like(poolKeys.holder, `${instanceId}/%`));
const file = { fileName: { value: 'guide.pdf' }, downloadsMax: { value: 2 } };
const objectKey = chosen('objectKey', 'books/guide.pdf');

const ROWS: Record<OperationName, [Subject, ...Subject[]]> = {
  'licence-key.issue': [own('keys of our own', 'licence-key.issue', { ...quantity, ...keys })],
  'licence-key.sign': [own('signed keys', 'licence-key.sign', { ...quantity, ...keys })],
  'licence-pool.take': [
    own('keys of others', 'licence-pool.take', {
      inputs: { pool: chosen('pool', POOL), quantity: { value: 1 } },
      unreadable: { pool: 7 },
      refused: { pool: 'no-such-pool' },
      made: async (line) => Math.max(await keys.made(line), (await heldOf(line)).length),
      live: async (line) => (await heldOf(line)).filter(({ burntAt }) => burntAt === null).length,
    }),
  ],
  'gift-card.issue': [
    own('gift cards of our own', 'gift-card.issue', {
      inputs: { quantity: chosen('quantity', 1), value: { value: { amount: 5_000, currency: 'EUR' } } },
      unreadable: { quantity: 'many' },
      refused: { quantity: 0 },
      made: async ({ instanceId }) => (await giftCardsOf(instanceId)).length,
      live: async ({ instanceId }) =>
        (await giftCardsOf(instanceId)).filter(({ isWithdrawn }) => !isWithdrawn).length,
    }),
  ],
  'download.check': [
    own('a look for a file', 'download.check', {
      inputs: { objectKey },
      undo: { none: 'It only looks.' },
      unreadable: { objectKey: 7 },
      refused: { objectKey: 'nothing.pdf' },
      ...nothing,
    }),
  ],
  'download.entitle': [
    own('downloads of our own', 'download.entitle', {
      inputs: { objectKey, ...file },
      unreadable: { objectKey: 7 },
      refused: { objectKey: '' },
      made: async ({ instanceId }) =>
        (await db().select().from(downloads).where(eq(downloads.instanceId, instanceId))).length,
      live: async ({ instanceId }) =>
        (await db().select().from(downloads).where(eq(downloads.instanceId, instanceId))).filter(
          ({ closedAt }) => closedAt === null,
        ).length,
    }),
  ],
  'partner.order-service': [
    atPartner('a service of the partner', 'partner.order-service', {
      reference: { from: '/line/lineId' },
      plan: { value: 'small' },
      parameters: { value: {} },
      quantity: { value: 1 },
    }),
  ],
  'partner.order-shipment': [
    atPartner('a parcel', 'partner.order-shipment', {
      reference: { from: '/line/lineId' },
      address: { value: ADDRESS },
      weightGrams: { value: 1 },
      sku: { from: '/line/sku' },
      title: { from: '/line/title' },
      quantity: { value: 1 },
    }),
  ],
  'http.call': [
    overHttp(
      'HTTP, asked until it has ended',
      { completion: 'poll', poll: { path: '/operations/{operation}' } },
      {
        wait: () => {
          things.http.onOrder = 'wait';
        },
        finishAll: () => things.http.finish('done', true),
      },
    ),
    overHttp('HTTP, whose answer is the end', { completion: 'answer' }, null),
  ],
  'fulfilment.ship': [
    {
      name: 'goods from a warehouse',
      operation: 'fulfilment.ship',
      step: () => ({ settle: SETTLE, inputs: { ...SHIP_INPUTS, address: { value: ADDRESS } } }),
      made: () => goods.warehouse.orders.size,
      live: () => goods.warehouse.live().length,
      wire: () => goods.warehouse.wire,
      faults: () => goods.warehouse.faults,
      later: {
        wait: () => {
          goods.warehouse.sendsAtOnce = false;
        },
        finishAll: () => {
          const order = goods.warehouse.only();
          goods.warehouse.send(order, 1, true);
          order.state = 'shipped';
        },
      },
    },
  ],
  'queue.publish': [
    {
      name: 'a message that is pushed',
      operation: 'queue.publish',
      step: () => ({
        settle: SETTLE,
        inputs: { via: { value: 'push' }, connection: { value: 'consumer' }, topic: { value: 'it' } },
      }),
      made: () => consumers.consumer.handled.size,
      live: () => consumers.consumer.live().length,
      wire: () => consumers.consumer.wire,
      faults: () => consumers.consumer.faults,
      later: null,
    },
  ],
  'mail.send': [
    {
      name: 'a mail',
      operation: 'mail.send',
      step: () => ({
        undo: { none: 'A mail that was read cannot be taken back.' },
        inputs: { to: { value: 'a@mail.test' }, subject: { value: 'It' }, text: { value: 'Here.' } },
      }),
      made: () => mails.mailbox.mails.size,
      // Nobody can use a mail: what it tells of is taken back by its own step.
      live: () => 0,
      wire: () => mails.mailbox.wire,
      faults: () => mails.mailbox.faults,
      later: null,
    },
  ],
  'broker.provision': [atBroker('a service broker', 'instances', () => provisionStep('slow'))],
  'broker.bind': [
    atBroker('credentials of a service broker', 'bindings', () => {
      brokers.broker.state.instances[SPARE_INSTANCE] ??= spareInstance('slow');
      const inputs = { ...brokerInputs('slow'), serviceInstance: { value: SPARE_INSTANCE } };
      return bindStep('slow', { inputs });
    }),
  ],
  'human-task.ask': [
    own('a person', 'human-task.ask', {
      inputs: {
        of: { value: 'operator' },
        instructions: chosen('instructions', 'Put it together.'),
        fields: { value: { type: 'object' } },
      },
      undo: { none: 'A person puts it away.' },
      unreadable: { instructions: 7 },
      refused: { instructions: '' },
      meanwhile: answered,
      ...nothing,
    }),
  ],
};

describe('the fault matrix', () => {
  const covered = new Map<string, readonly string[]>();
  for (const [operation, subjects] of Object.entries(ROWS))
    for (const subject of subjects)
      describe(`${operation}, ${subject.name}`, () => {
        covered.set(operation, everyFault(world, subject));
      });

  it('has a row for each operation of each connector, and a test in each of its cells', () => {
    expect([...covered.keys()].toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
    for (const [operation, kinds] of covered) expect([operation, kinds]).toEqual([operation, FAULTS]);
  });
});
