import { beforeEach, describe, expect, it, vi } from 'vitest';
import { eq, isNull, and } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { downloads, instances, licenceKeys } from '#shared/db/store.ts';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { FakeHttpPartner } from '../testing/fake-http-partner.ts';
import type { FakePartner } from '../testing/fake-partner.ts';
import { deliver, eventually, newLine, reaches, told } from '../testing/harness.ts';
import { keysTemplate, makeTemplate, operator, QUICK } from '../testing/templates.ts';
import { useWorld } from '../testing/world.ts';
import { contractSuite, type ContractSubject } from './contract-suite.ts';

const world = useWorld();
let http = new FakeHttpPartner();
/** Rows of the tests before do not count. */
let since = 0;

const connect = (baseUrl: string) =>
  operator().then((headers) =>
    self.fetch('https://shop.test/v1/provisioning/connections/things', {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ baseUrl, renewSecret: true }),
    }),
  );

beforeEach(async () => {
  since = Date.now();
  http = new FakeHttpPartner();
  const { partner } = world;
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) =>
    new Request(input, init).url.startsWith(FakeHttpPartner.origin)
      ? http.fetch(input, init)
      : partner.fetch(input, init),
  );
  const put = await connect(FakeHttpPartner.origin);
  http.secret = (await put.json<{ secret: string }>()).secret;
  await workerEnv<Env>().PARTNER_GATE.getByName('http:things').configure({ heldBy: null });
});

const SETTLE = { attempts: 1, waitSeconds: [600, 600] };
const ADDRESS = {
  name: 'A',
  line1: 'B',
  line2: '',
  postalCode: '1',
  city: 'C',
  country: 'DE',
};

const ofPartner = (name: string, step: object): ContractSubject => ({
  name,
  world,
  step: () => ({ connector: 'partner', settle: SETTLE, ...step }),
  made: () => world.partner.orders.size,
  live: () => world.partner.live().length,
  remote: {
    get faults() {
      return world.partner.faults;
    },
    onOrder: (what) => {
      world.partner.onOrder = what;
    },
    finishAll: () => finishAll(world.partner),
  },
});
const finishAll = (partner: FakePartner) => {
  for (const order of partner.orders.values()) partner.finish(order, 'succeeded', true);
};

const overHttp = (name: string, call: object): ContractSubject => ({
  name,
  world,
  step: () => ({ connector: 'http', operation: 'call', settle: SETTLE, inputs: httpInputs(call) }),
  made: () => http.things.size,
  live: () => http.live().length,
  remote: {
    get faults() {
      return http.faults;
    },
    onOrder: (what) => {
      http.onOrder = what;
    },
    finishAll: () => http.finish('done', true),
  },
});
const httpInputs = (call: object) =>
  Object.fromEntries(
    Object.entries({
      connection: 'things',
      path: '/things',
      remove: { path: '/things/{resource}' },
      read: {
        resource: '/id',
        operation: '/operation',
        state: '/state',
        succeeded: ['done'],
        failed: ['failed'],
        result: { code: '/access/code' },
      },
      ...call,
    }).map(([input, value]) => [input, { value }]),
  );

contractSuite(
  ofPartner('a service of the partner', {
    operation: 'order-service',
    inputs: {
      reference: { from: '/line/lineId' },
      plan: { value: 'small' },
      parameters: { value: {} },
      quantity: { value: 1 },
    },
  }),
);
contractSuite(
  ofPartner('a parcel', {
    operation: 'order-shipment',
    inputs: {
      reference: { from: '/line/lineId' },
      address: { value: ADDRESS },
      weightGrams: { value: 1 },
      sku: { from: '/line/sku' },
      title: { from: '/line/title' },
      quantity: { value: 1 },
    },
  }),
);
contractSuite(
  overHttp('HTTP, asked until it has ended', {
    completion: 'poll',
    poll: { path: '/operations/{operation}' },
  }),
);

const ours = (name: string, step: object, count: () => Promise<number>): ContractSubject => ({
  name,
  world,
  step: () => step,
  made: () => 1,
  live: count,
  remote: null,
});
contractSuite(
  ours(
    'keys of our own',
    {
      connector: 'licence-key',
      operation: 'issue',
      inputs: { quantity: { from: '/line/quantity' }, activationsMax: { value: 1 } },
    },
    () =>
      drizzle(workerEnv<Env>().STORE_DB)
        .select()
        .from(licenceKeys)
        .where(isNull(licenceKeys.revokedAt))
        .then((rows) => rows.filter(({ issuedAt }) => issuedAt >= since).length),
  ),
);
contractSuite(
  ours(
    'downloads of our own',
    {
      connector: 'download',
      operation: 'entitle',
      inputs: {
        objectKey: { value: 'books/guide.pdf' },
        fileName: { value: 'guide.pdf' },
        downloadsMax: { value: 2 },
      },
    },
    () =>
      drizzle(workerEnv<Env>().STORE_DB)
        .select()
        .from(downloads)
        .innerJoin(instances, eq(instances.id, downloads.instanceId))
        .where(and(isNull(downloads.closedAt)))
        .then((rows) => rows.filter(({ instances: { createdAt } }) => createdAt >= since).length),
  ),
);

const lineOverHttp = async (call: object) => {
  const step = {
    ...QUICK,
    name: 'it',
    title: 'It',
    connector: 'http',
    operation: 'call',
    inputs: httpInputs(call),
    settle: SETTLE,
    undo: QUICK,
    exhausted: { code: 'exhausted', text: 'Away.' },
  };
  const delivery = {
    type: 'custom',
    fields: { code: { from: '/results/it/code' } },
    labels: { code: { label: 'Code', secret: true } },
  };
  const { id } = await makeTemplate(keysTemplate([step], { delivery }));
  return newLine({ template: 'custom', templateId: id, parameters: {} });
};

describe('HTTP', () => {
  it('takes the answer itself as the end, and what it brings as the result', async () => {
    const line = await lineOverHttp({ completion: 'answer' });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect(http.calls).toEqual({ POST: 1, GET: 0, DELETE: 0 });
  });

  it('takes a call-back that is signed with the secret of its connection, and no other', async () => {
    http.onOrder = 'wait';
    const line = await lineOverHttp({ completion: 'callback' });
    await deliver(line);
    await eventually(() => expect(http.things.size).toBe(1));
    http.finish('done');
    expect((await http.callBack('whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX')).status).toBe(400);
    expect((await http.callBack()).status).toBe(204);
    await reaches(line, 'ready', 'line.provisioned');
  });

  it('asks a person what the partner wants to know, and sends the order with the answer', async () => {
    http.asks = {
      of: 'operator',
      code: 'contract_number',
      text: 'Which contract?',
      fields: { type: 'object', required: ['number'] },
    };
    const line = await lineOverHttp({ completion: 'answer' });
    await deliver(line);
    const headers = { ...(await operator()), 'content-type': 'application/json' };
    const url = 'https://shop.test/v1/provisioning/tasks';
    let id = '';
    await eventually(async () => {
      const found = await self.fetch(`${url}?instanceId=${line.instanceId}`, { headers });
      const [task] = (await found.json<{ items: { id: string; code: string }[] }>()).items;
      expect(task?.code).toBe('contract_number');
      id = task?.id ?? '';
    });
    const decided = await self.fetch(`${url}/${id}/decisions`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': id },
      body: JSON.stringify({ decision: 'answer', result: { number: 7 } }),
    });
    expect(decided.status).toBe(200);
    await reaches(line, 'ready', 'line.provisioned');
    expect([...http.things.values()].map(({ body }) => body['answer'])).toEqual([{ number: 7 }]);
  });

  it('fails for good what the partner calls failed', async () => {
    http.onOrder = 'fail';
    const line = await lineOverHttp({ completion: 'poll', poll: { path: '/operations/{operation}' } });
    await deliver(line);
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'partner_failed' });
  });

  it('leads only where one may call', async () => {
    expect((await connect('ftp://things.test')).status).toBe(422);
    expect((await connect('http://user:secret@things.test')).status).toBe(422);
  });
});
