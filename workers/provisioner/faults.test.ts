import { describe, expect, it } from 'vitest';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import type { FakePartner, Order } from './testing/fake-partner.ts';
import type { Fault } from './testing/wire.ts';
import { deliver, eventually, FULFILMENTS, newLine, reaches, row, told, undoing } from './testing/harness.ts';
import { operator } from './testing/templates.ts';
import { useWorld } from './testing/world.ts';
import { sweepLate } from './testing/sweeps.ts';

const world = useWorld();

const PARTNER_LINES = [
  { connector: 'service', fulfilment: FULFILMENTS.service, step: 'order-service' },
  { connector: 'parcel', fulfilment: FULFILMENTS.parcel, step: 'order-shipment' },
] as const;
const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);
/** First try and all repeats of an order; of its compensation. */
const TRIES = 7;
const UNDO_TRIES = 10;

interface Case {
  what: string;
  /** Sets the partner up; runs before the line is sent. */
  plan?: (partner: FakePartner) => void;
  /** Waits that end without news. */
  silent?: number[];
  /** What the partner does once it has the order. */
  news?: 'call back' | 'call back twice' | 'garbage first';
  state: 'ready' | 'failed';
  code?: string;
}

/** What can become of an operation that was taken; what goes wrong on the way to a partner is in connectors/fault-matrix.test.ts. */
const CASES: Case[] = [
  { what: 'a partner that answers', news: 'call back', state: 'ready' },
  { what: 'a call-back that comes twice', news: 'call back twice', state: 'ready' },
  { what: 'a partner that works before it answers', plan: finishAtOnce, silent: [1], state: 'ready' },
  { what: 'no call-back at all', plan: finishAtOnce, silent: [1], state: 'ready' },
  { what: 'a call-back of garbage before the true one', news: 'garbage first', state: 'ready' },
  {
    what: 'a poll that fails and one that is garbage',
    plan: (partner) => {
      finishAtOnce(partner);
      partner.faults.GET.push('error', 'garbage');
    },
    silent: [1],
    state: 'ready',
  },
  {
    what: 'an operation that fails for good',
    plan: (partner) => {
      partner.beforeReply = (order) => Promise.resolve(partner.finish(order, 'failed-permanently'));
    },
    silent: [1],
    state: 'failed',
    code: 'partner_failed',
  },
  {
    what: 'an operation that fails once and is ordered anew',
    plan: (partner) => {
      partner.beforeReply = (order) =>
        Promise.resolve(partner.finish(order, partner.orders.size === 1 ? 'failed' : 'succeeded'));
    },
    silent: [1],
    state: 'ready',
  },
  {
    what: 'an operation that fails each time',
    plan: (partner) => {
      partner.beforeReply = (order) => Promise.resolve(partner.finish(order, 'failed'));
    },
    silent: [1],
    state: 'failed',
    code: 'partner_failed',
  },
  {
    what: 'results that are garbage for ever',
    plan: (partner) => {
      partner.beforeReply = (order) => Promise.resolve(partner.finish(order, 'garbage'));
    },
    silent: [1, 2, 3, 4, 5, 6, 7],
    state: 'failed',
    code: 'partner_silent',
  },
  {
    what: 'an operation that never ends',
    silent: [1, 2, 3, 4, 5, 6, 7],
    state: 'failed',
    code: 'partner_silent',
  },
];

describe.each(PARTNER_LINES)('a $connector over', ({ fulfilment, step }) => {
  it.each(CASES)('$what ends $state', async ({ plan, silent, news, state, code }) => {
    const { partner } = world;
    const line = newLine(fulfilment);
    plan?.(partner);
    const attempts = [step, `${step} again 2`, `${step} again 3`];
    await world.timeOut(
      ...(silent ?? []).flatMap((round) => attempts.map((name) => `${name}: wait ${round}`)),
    );

    await deliver(line);
    if (news !== undefined) await callBack(partner, step, news);

    await reaches(line, state, state === 'ready' ? 'line.provisioned' : 'line.failed');
    expect(await told(line)).toEqual(
      state === 'ready' ? { 'line.provisioned': null } : { 'line.failed': code },
    );
    expect(partner.live()).toHaveLength(state === 'ready' ? 1 : 0);

    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(partner.live()).toEqual([]);
  });

  it('is stuck, and says so, when what was made cannot be removed', async () => {
    const { partner } = world;
    const line = newLine(fulfilment);
    partner.faults.DELETE.push('conflict');

    await deliver(line);
    await callBack(partner, step, 'call back');
    await reaches(line, 'ready');
    await deliver(undoing(line));
    await reaches(line, 'undoing', 'line.stuck');
    expect(await row(line)).toMatchObject({
      detail: 'Our partner could not take it back: Already on its way',
    });

    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(partner.live()).toEqual([]);
  });

  it('is stuck when the partner stays away, and undone once it is asked again', async () => {
    const { partner } = world;
    const line = newLine(fulfilment);
    partner.faults.POST.push(...times(TRIES + UNDO_TRIES, 'lost'));

    await deliver(line);
    await reaches(line, 'undoing', 'line.stuck');
    expect(await told(line)).toEqual({ 'line.stuck': 'undo_unreachable' });

    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(partner.live()).toEqual([]);
  });

  it.each(['call-back', 'silence'])(
    'leaves nothing when it succeeds after undoing, told by %s',
    async (news) => {
      const { partner } = world;
      const line = newLine(fulfilment);

      await deliver(line);
      await eventually(async () => expect(partner.order(step).news['state']).toBe('running'));
      await deliver(undoing(line));
      await reaches(line, 'undone', 'line.deprovisioned');
      const order = partner.order(step);
      partner.finish(order, 'succeeded', true);
      expect(partner.live()).toHaveLength(1);

      await (news === 'call-back' ? callBackOk(partner, order) : sweepLate(line));

      await eventually(() => expect(partner.live()).toEqual([]));
      expect((await row(line))?.state).toBe('undone');
    },
  );

  it('leaves nothing when it succeeds long after nobody asks any more; what the partner keeps is told to staff', async () => {
    const { partner } = world;
    const line = newLine(fulfilment);
    await deliver(line);
    await eventually(async () => expect(partner.order(step).news['state']).toBe('running'));
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    const { STORE_DB } = workerEnv<Env>();
    const givenUp = 'UPDATE operations SET check_at = NULL WHERE instance_id = ?';
    await STORE_DB.prepare(givenUp).bind(line.instanceId).run();
    const order = partner.order(step);
    partner.finish(order, 'succeeded', true);
    partner.faults.DELETE.push('conflict');

    await callBackOk(partner, order);
    const told = async () => {
      const response = await self.fetch(
        'https://shop.test/v1/provisioning/notices?kind=operation.left_behind&limit=100',
        { headers: await operator() },
      );
      const { items } = await response.json<{ items: { subject: string }[] }>();
      return items.filter(({ subject }) => subject === line.instanceId);
    };
    await eventually(async () =>
      expect(await told()).toMatchObject([{ text: expect.stringContaining('Already on its way') as string }]),
    );
    await callBackOk(partner, order);
    await sweepLate(line);
    await eventually(() => expect(partner.live()).toEqual([]));
    expect(await told()).toHaveLength(1);
  });
});

function finishAtOnce(partner: FakePartner): void {
  partner.onOrder = 'finish';
}

async function callBackOk(partner: FakePartner, order: Order): Promise<void> {
  expect((await partner.callBack(order)).status).toBe(204);
}

async function callBack(partner: FakePartner, step: string, how: NonNullable<Case['news']>): Promise<void> {
  await eventually(() => expect(partner.order(step)).toBeDefined());
  const order = partner.order(step);
  const statuses: number[] = [];
  const send = async (body?: string) =>
    statuses.push((await partner.callBack(order, body === undefined ? {} : { body })).status);
  if (how === 'garbage first') {
    partner.finish(order, 'garbage');
    await send();
    await send('<html>');
  }
  partner.finish(order, 'succeeded');
  await send();
  if (how === 'call back twice') await send();
  expect(statuses).toEqual(STATUSES[how]);
}

const STATUSES = { 'call back': [204], 'call back twice': [204, 204], 'garbage first': [422, 400, 204] };
