import { afterEach, describe, expect, it, vi } from 'vitest';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Task } from '#shared/contracts/http/provisioning-tasks.ts';
import { instanceHistory, instanceSteps } from '#shared/db/store.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { CONNECTORS } from './connectors/connectors.ts';
import type { Env } from './env.ts';
import { licencePoolQueries } from './queries/licence-pools.ts';
import {
  deliver,
  eventually,
  newLine,
  reaches,
  told,
  undoing,
  type ProvisionMessage,
} from './testing/harness.ts';
import { giftCardsOf } from './testing/gift-cards.ts';
import { sweepLate } from './testing/sweeps.ts';
import { keysStep, keysTemplate, makeTemplate, operator, QUICK } from './testing/templates.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
afterEach(() => {
  vi.restoreAllMocks();
});

const fileStep = (name: string, more: object = {}) => ({
  ...QUICK,
  name,
  title: `Looking for ${name}`,
  connector: 'download',
  operation: 'check',
  inputs: { objectKey: { value: 'books/none.pdf' } },
  undo: { none: 'It only looks.' },
  exhausted: { code: 'away', text: 'Away.' },
  ...more,
});
const serviceStep = (name: string, more: object = {}) => ({
  ...QUICK,
  name,
  title: 'Setting it up',
  connector: 'partner',
  operation: 'order-service',
  inputs: {
    reference: { from: '/line/lineId' },
    plan: { value: 'small' },
    parameters: { value: {} },
    quantity: { value: 1 },
  },
  settle: { attempts: 1, waitSeconds: [600] },
  undo: QUICK,
  exhausted: { code: 'partner_unavailable', text: 'Away.' },
  ...more,
});
const askStep = (name: string, of: 'customer' | 'operator', more: object = {}) => ({
  ...QUICK,
  name,
  title: 'Asking',
  connector: 'human-task',
  operation: 'ask',
  inputs: {
    of: { value: of },
    instructions: { text: 'Which colour, ${/line/title}?' },
    fields: {
      value: { type: 'object', properties: { colour: { enum: ['red', 'blue'] } }, required: ['colour'] },
    },
  },
  undo: { none: 'Nothing was made.' },
  exhausted: { code: 'away', text: 'Away.' },
  ...more,
});

/** A line of a template with these steps. */
async function lineOf(steps: object[], overrides: Partial<ProvisionMessage> = {}): Promise<ProvisionMessage> {
  const { id } = await makeTemplate(keysTemplate(steps));
  return newLine({ template: 'custom', templateId: id, parameters: {} }, overrides);
}
const stepsOf = (line: { instanceId: string }) =>
  drizzle(workerEnv<Env>().STORE_DB)
    .select()
    .from(instanceSteps)
    .where(eq(instanceSteps.instanceId, line.instanceId));
const historyOf = async (line: { instanceId: string }) => {
  const rows = await drizzle(workerEnv<Env>().STORE_DB)
    .select()
    .from(instanceHistory)
    .where(eq(instanceHistory.instanceId, line.instanceId));
  return rows.map(({ text }) => text).join('\n');
};

async function send(path: string, body: object, headers?: Record<string, string>) {
  const response = await self.fetch(`https://shop.test/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...(headers ?? (await operator())),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json<Task & Record<string, unknown>>() };
}
async function openTask(line: { instanceId: string }): Promise<Task> {
  let found: Task | undefined;
  await eventually(async () => {
    const response = await self.fetch(
      `https://shop.test/v1/provisioning/tasks?instanceId=${line.instanceId}`,
      { headers: await operator() },
    );
    [found] = (await response.json<{ items: Task[] }>()).items;
    expect(found).toBeDefined();
  });
  if (found === undefined) throw new Error('no task');
  return found;
}
const decide = async (line: { instanceId: string }, decision: object) =>
  send(`provisioning/tasks/${(await openTask(line)).id}/decisions`, decision);

describe('a plan whose steps do not all wait for one another', () => {
  it('runs them side by side, and joins where one waits for both', async () => {
    const line = await lineOf([
      serviceStep('left'),
      serviceStep('right'),
      keysStep('last', { after: ['left', 'right'] }),
    ]);
    await deliver(line);
    await eventually(() => expect(world.partner.orders.size).toBe(2));
    expect((await stepsOf(line)).map(({ step }) => step).toSorted()).toEqual(['left', 'right']);
    for (const step of ['right', 'left']) {
      const order = world.partner.order(step);
      world.partner.finish(order, 'succeeded');
      await world.partner.callBack(order);
    }
    await reaches(line, 'ready', 'line.provisioned');
    expect(await stepsOf(line)).toHaveLength(3);
  });

  it('stops the others at once when one fails, and undoes what they made', async () => {
    const line = await lineOf([
      serviceStep('slow'),
      keysStep('keys'),
      fileStep('gone', { after: ['keys'] }),
      keysStep('never', { after: ['gone'] }),
    ]);
    await deliver(line);
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'file_missing' });
    expect(world.partner.live()).toEqual([]);
    expect((await stepsOf(line)).map(({ step }) => step).toSorted()).toEqual(['gone', 'keys', 'slow']);
  });

  it('leaves out what its condition is not for', async () => {
    const line = await lineOf(
      [fileStep('gift', { when: { pointer: '/customisation/gift', equals: true } }), keysStep('keys')],
      { customisation: { gift: false } },
    );
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect(await stepsOf(line)).toContainEqual(
      expect.objectContaining({ step: 'gift', endedAs: 'left_out' }),
    );
  });
});

describe('what only a person can give', () => {
  it('is asked of the customer, taken in the form asked for and once, and used by later steps', async () => {
    const line = await lineOf([
      askStep('colour', 'customer'),
      serviceStep('service', {
        after: ['colour'],
        inputs: {
          reference: { from: '/line/lineId' },
          plan: { from: '/results/colour/colour' },
          parameters: { value: {} },
          quantity: { value: 1 },
        },
      }),
    ]);
    await deliver(line);
    const task = await openTask(line);
    expect(task).toMatchObject({ askedOf: 'customer', text: 'Which colour, Thing?', kind: 'question' });
    const path = `instances/${line.instanceId}/answers`;
    const owner = await signedIn(line.customerId, 'customer');
    const answer = { taskId: task.id, answer: { colour: 'red' } };
    expect((await send(path, answer, await signedIn(newId('user'), 'customer'))).status).toBe(404);
    expect((await send(path, { ...answer, answer: { colour: 'green' } }, owner)).status).toBe(422);
    const key = { ...owner, 'idempotency-key': 'one' };
    expect((await send(path, answer, key)).body).toMatchObject({ state: 'decided', decision: 'answer' });
    expect((await send(path, answer, key)).status).toBe(200);
    expect((await send(path, answer, { ...owner, 'idempotency-key': 'two' })).status).toBe(409);
    await eventually(() =>
      expect(world.partner.order('service').resource.body).toMatchObject({ plan: 'red' }),
    );
  });

  it.each([
    ['approve', 'ready', { 'line.provisioned': null }],
    ['refuse', 'failed', { 'line.failed': 'not_approved' }],
  ])('is an operator’s yes before a step: %s', async (decision, state, reports) => {
    const line = await lineOf([keysStep('keys', { approval: { text: 'Dear?' } })]);
    await deliver(line);
    expect((await decide(line, { decision, reason: 'I looked.' })).status).toBe(200);
    await reaches(line, state, Object.keys(reports)[0]);
    expect(await told(line)).toEqual(reports);
    expect(await historyOf(line)).toContain(`keys: ${decision} by usr_`);
  });

  it('stops waiting when the line is taken back', async () => {
    const line = await lineOf([keysStep('keys'), askStep('colour', 'customer', { after: ['keys'] })]);
    await deliver(line);
    const task = await openTask(line);
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    const workflow = await workerEnv<Env>().PROVISION.get(line.workflowId);
    await eventually(async () => expect((await workflow.status()).output).toBe('stopped'));
    expect(
      (await send(`provisioning/tasks/${task.id}/decisions`, { decision: 'refuse', reason: 'x' })).status,
    ).toBe(409);
  });
});

describe('a step that failed and is held for an operator', () => {
  const held = { onFailure: 'hold' };
  const FILE = 'books/late.pdf';
  const late = (more: object = {}) =>
    fileStep('file', { ...held, inputs: { objectKey: { value: FILE } }, ...more });

  it('is shown with its cause and masked inputs, and goes on from there when it is tried again', async () => {
    const line = await lineOf([keysStep('keys'), late({ after: ['keys'] })]);
    await deliver(line);
    const task = await openTask(line);
    const detail = await self.fetch(`https://shop.test/v1/provisioning/tasks/${task.id}`, {
      headers: await operator(),
    });
    expect(await detail.json()).toMatchObject({
      kind: 'failed_step',
      code: 'file_missing',
      payload: { objectKey: FILE },
      decisions: ['retry', 'skip', 'replace', 'hand_over', 'roll_back'],
    });
    expect((await decide(line, { decision: 'approve' })).status).toBe(422);
    await workerEnv<Env>().DOWNLOADS.put(FILE, 'at last');
    expect((await decide(line, { decision: 'retry' })).status).toBe(200);
    await reaches(line, 'ready', 'line.provisioned');
    await workerEnv<Env>().DOWNLOADS.delete(FILE);
    expect((await stepsOf(line)).filter(({ step }) => step === 'keys')).toHaveLength(1);
  });

  it('is skipped with a reason, unless something needs what it leaves', async () => {
    const needs = keysStep('keys', {
      after: ['file'],
      inputs: { quantity: { from: '/results/file/bytes' }, activationsMax: { value: 1 } },
    });
    const needed = await lineOf([late(), needs]);
    const line = await lineOf([late(), keysStep('keys', { after: ['file'] })]);
    await deliver(needed, line);
    expect((await decide(needed, { decision: 'skip', reason: 'x' })).status).toBe(409);
    expect((await decide(line, { decision: 'skip' })).status).toBe(422);
    expect((await decide(line, { decision: 'skip', reason: 'Not needed.' })).status).toBe(200);
    expect((await decide(needed, { decision: 'replace', reason: 'x', result: { bytes: 'a' } })).status).toBe(
      422,
    );
    expect(
      (await decide(needed, { decision: 'replace', reason: 'Counted.', result: { bytes: 2 } })).status,
    ).toBe(200);
    await reaches(line, 'ready', 'line.provisioned');
    await reaches(needed, 'ready', 'line.provisioned');
    expect(await historyOf(line)).toContain('Not needed.');
    const { results } = await workerEnv<Env>()
      .STORE_DB.prepare('SELECT COUNT(*) AS keys FROM licence_keys WHERE instance_id = ?')
      .bind(needed.instanceId)
      .all();
    expect(results).toEqual([{ keys: 2 }]);
  });

  it('has a result in its place that is whole, where it is silent about what may be left out', async () => {
    const fields = Object.fromEntries(
      ['accessUrl', 'username', 'password', 'expiresAt'].map((name) => [
        name,
        { from: `/results/service/${name}` },
      ]),
    );
    const delivery = {
      type: 'partner-service',
      fields: { ...fields, validDays: { value: null } },
      labels: {},
    };
    const { id } = await makeTemplate(
      keysTemplate([serviceStep('service', held)], { kind: 'service', delivery }),
    );
    const line = newLine({ template: 'custom', templateId: id, parameters: {} });
    world.partner.faults.POST.push('refuse');
    await deliver(line);
    const result = { accessUrl: 'https://a.test', username: 'a', password: 'b' };
    const decided = await decide(line, { decision: 'replace', reason: 'Set up by phone.', result });
    expect(decided.status).toBe(200);
    await reaches(line, 'ready', 'line.provisioned');
  });

  it('has no result in its place where the goods are ours: a key that nobody made would be known to no check', async () => {
    const entitled = fileStep('file', {
      ...held,
      operation: 'entitle',
      inputs: {
        objectKey: { value: FILE },
        fileName: { value: 'late.pdf' },
        downloadsMax: { value: 3 },
        versions: { value: 'own' },
      },
      undo: QUICK,
    });
    const handle = `pool-${crypto.randomUUID().slice(0, 8)}`;
    const { put } = licencePoolQueries(workerEnv<Env>().STORE_DB);
    await put({ handle, title: 'Keys', lowAt: 0, afterUndo: 'burn', writtenBy: 'x', updatedAt: 1 });
    const fromPool = keysStep('keys', {
      ...held,
      connector: 'licence-pool',
      operation: 'take',
      inputs: { pool: { value: handle }, quantity: { value: 1 } },
    });
    const lines = [await lineOf([entitled, keysStep('keys')]), await lineOf([fromPool])] as const;
    const gone = workerEnv<Env>().STORE_DB.prepare('DELETE FROM licence_pools WHERE handle = ?');
    await gone.bind(handle).run();
    await deliver(...lines);
    const results = [{ downloadsMax: 3 }, { keys: ['MADE-UP'] }];
    for (const [index, line] of lines.entries()) {
      const task = await openTask(line);
      const shown = await self.fetch(`https://shop.test/v1/provisioning/tasks/${task.id}`, {
        headers: await operator(),
      });
      expect(await shown.json()).toMatchObject({ decisions: ['retry', 'skip', 'hand_over', 'roll_back'] });
      const refused = await decide(line, { decision: 'replace', reason: 'x', result: results[index] });
      expect(refused.status).toBe(422);
      expect(JSON.stringify(refused.body)).toMatch(
        /\/decision.*goods of our own.*retry or hand_over delivers/,
      );
      expect((await openTask(line)).id).toBe(task.id);
    }
    await workerEnv<Env>().DOWNLOADS.put(FILE, 'at last');
    expect((await decide(lines[0], { decision: 'retry' })).status).toBe(200);
    await reaches(lines[0], 'ready', 'line.provisioned');
    expect((await decide(lines[1], { decision: 'roll_back', reason: 'No pool.' })).status).toBe(200);
    await reaches(lines[1], 'failed', 'line.failed');
    await workerEnv<Env>().DOWNLOADS.delete(FILE);
  });

  it('shows staff none of what the steps before made secret, whatever its inputs put it into', async () => {
    const text = 'For ${/results/keys/keys/0} of ${/line/sku}.pdf';
    const line = await lineOf([keysStep('keys'), late({ after: ['keys'], inputs: { objectKey: { text } } })]);
    await deliver(line);
    const { id } = await openTask(line);
    const shown = await self.fetch(`https://shop.test/v1/provisioning/tasks/${id}`, {
      headers: await operator(),
    });
    expect(await shown.json()).toMatchObject({ payload: { objectKey: `For ••• of ${line.sku}.pdf` } });
    expect((await decide(line, { decision: 'roll_back', reason: 'No such file.' })).status).toBe(200);
    await reaches(line, 'failed', 'line.failed');
  });

  it('is handed to another connector once the first has nothing left of it', async () => {
    const { partner } = world;
    const line = await lineOf([serviceStep('service', held)]);
    partner.faults.POST.push('lost', 'lost', 'lost');
    await deliver(line);
    const task = await openTask(line);
    expect(partner.orders.size).toBe(1);
    partner.onOrder = 'finish';
    const over = { decision: 'hand_over', reason: 'By hand.', connector: 'human-task', operation: 'ask' };
    const wrong = { ...over, operation: 'x' };
    expect((await send(`provisioning/tasks/${task.id}/decisions`, wrong)).status).toBe(422);
    const inputs = {
      of: { value: 'operator' },
      instructions: { text: 'Set up ${/line/title}' },
      fields: { value: { type: 'object' } },
    };
    expect((await decide(line, { ...over, inputs })).status).toBe(200);
    await eventually(async () => expect((await openTask(line)).text).toBe('Set up Thing'));
    expect(partner.live()).toEqual([]);
    expect((await decide(line, { decision: 'answer', result: { done: true } })).status).toBe(200);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
  });

  it.each([
    ['skipped', { decision: 'skip', reason: 'Sent by mail.' }],
    ['handed over', { decision: 'hand_over', reason: 'By hand.', connector: 'human-task', operation: 'ask' }],
  ])('gives back what its first half took when it is %s', async (_, decision) => {
    const handle = `pool-${crypto.randomUUID().slice(0, 8)}`;
    const pools = licencePoolQueries(workerEnv<Env>().STORE_DB);
    const pool = { handle, title: 'Keys', lowAt: 0, afterUndo: 'return' as const };
    await pools.put({ ...pool, writtenBy: 'usr_x', updatedAt: 1 });
    // Taken, it cannot be opened: the step breaks off between its halves, each time.
    await pools.add(handle, [{ fingerprint: crypto.randomUUID(), sealedKey: 'nobody can open this' }], 1);
    const pooled = keysStep('pooled', {
      ...held,
      connector: 'licence-pool',
      operation: 'take',
      inputs: { pool: { value: handle }, quantity: { value: 1 }, activationsMax: { value: 1 } },
    });
    const value = { amount: 5_000, currency: 'EUR' as const };
    const carded = keysStep('carded', {
      ...held,
      connector: 'gift-card',
      operation: 'issue',
      inputs: { quantity: { value: 1 }, value: { value } },
    });
    const countsOf = async () => (await pools.list(1_000)).counts.find((each) => each.pool === handle);
    const inputs = {
      of: { value: 'operator' },
      instructions: { value: 'Do it.' },
      fields: { value: { type: 'object' } },
    };
    const line = await lineOf([pooled, keysStep('keys', { after: ['pooled'] })]);
    const cards = await lineOf([carded, keysStep('keys', { after: ['carded'] })]);
    // They are made, and what they are is not kept.
    vi.spyOn(CONNECTORS['gift-card.issue'], 'execute').mockRejectedValue(new Error('away'));
    await workerEnv<Env>().GIFT_CARDS.issue(
      { requestId: 'req-cards' },
      {
        key: `${cards.instanceId}/carded`,
        quantity: 1,
        value,
        validDays: null,
        orderId: cards.orderId,
        customerId: cards.customerId,
        recipient: null,
        byHand: null,
      },
    );
    await deliver(line, cards);
    await openTask(line);
    await openTask(cards);
    expect(await countsOf()).toMatchObject({ free: 0, taken: 1 });
    const decided = 'connector' in decision ? { ...decision, inputs } : decision;
    expect((await decide(line, decided)).status).toBe(200);
    expect((await decide(cards, decided)).status).toBe(200);
    await eventually(async () => expect(await countsOf()).toMatchObject({ free: 1, taken: 0 }));
    await eventually(async () =>
      expect((await giftCardsOf(cards.instanceId)).filter(({ isWithdrawn }) => !isWithdrawn)).toEqual([]),
    );
  });

  it('is rolled back when he says so, and when nobody decides', async () => {
    const [one, two] = [await lineOf([late()]), await lineOf([late()])];
    await deliver(one);
    expect((await decide(one, { decision: 'roll_back', reason: 'Hopeless.' })).status).toBe(200);
    await reaches(one, 'failed', 'line.failed');
    await world.timeOut('file: failed_step 1, answer');
    await deliver(two);
    await reaches(two, 'failed', 'line.failed');
  });

  it('is tried again with all others after an outage, once and paced', async () => {
    const lines = await Promise.all([lineOf([late()]), lineOf([late()])]);
    await deliver(...lines);
    for (const line of lines) await openTask(line);
    await workerEnv<Env>().DOWNLOADS.put(FILE, 'at last');
    const body = {
      reason: 'The bucket is back.',
      connector: 'download',
      code: 'file_missing',
      perMinute: 600,
    };
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID() };
    const taken = await send('provisioning/retries', body, headers);
    expect(taken).toMatchObject({ status: 202, body: { count: 2 } });
    expect((await send('provisioning/retries', body, headers)).body).toMatchObject({ count: 2 });
    expect((await send('provisioning/retries', body)).body).toMatchObject({ count: 0 });
    for (const line of lines) {
      await sweepLate(line);
      await reaches(line, 'ready', 'line.provisioned');
    }
    await workerEnv<Env>().DOWNLOADS.delete(FILE);
  });
});

describe('a partner that is not to be called', () => {
  const gate = () => workerEnv<Env>().PARTNER_GATE.getByName('partner');

  it('makes steps wait rather than fail, and they go on when it is back', async () => {
    const line = await lineOf([serviceStep('service')]);
    await gate().configure({ heldBy: 'usr_x' });
    await deliver(line);
    await eventually(async () => {
      const [step] = await stepsOf(line);
      expect(step?.parkedWhy).toContain('stopped orders to this partner');
    });
    expect(world.partner.calls.POST).toBe(0);
    await gate().configure({ heldBy: null });
    const workflow = await workerEnv<Env>().PROVISION.get(line.workflowId);
    for (const turn of [1, 2, 3]) await workflow.sendEvent({ type: `turn-service-1-${turn}`, payload: {} });
    await eventually(() => expect(world.partner.calls.POST).toBe(1));
  });

  it('is told by its own faults: after enough of them nobody calls it any more', async () => {
    await gate().configure({ limits: { concurrencyMax: 20, faultsMax: 2, openSeconds: 600 } });
    world.partner.faults.POST.push('error', 'timeout', 'error');
    const line = await lineOf([serviceStep('service')]);
    await deliver(line);
    await eventually(async () => expect((await gate().view()).breaker).toBe('open'));
    await eventually(async () => expect((await stepsOf(line))[0]?.parkedUntil).not.toBeNull());
    expect(world.partner.calls.POST).toBe(2);
    const shown = await self.fetch('https://shop.test/v1/provisioning/gates', { headers: await operator() });
    expect(await shown.json()).toMatchObject({ items: [{ partner: 'partner', breaker: 'open' }] });
    const response = await self.fetch('https://shop.test/v1/provisioning/gates/partner', {
      method: 'PUT',
      headers: { ...(await operator()), 'content-type': 'application/json' },
      body: JSON.stringify({ held: false, limits: { concurrencyMax: 20, faultsMax: 20, openSeconds: 30 } }),
    });
    expect(await response.json()).toMatchObject({ breaker: 'closed' });
  });
});
