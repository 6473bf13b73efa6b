import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { downloadLinkSchema } from '#shared/contracts/http/instances.ts';
import { newId } from '#shared/ids/ids.ts';
import { meterEnv, newCosts, type Costs } from '#shared/observability/costs.ts';
import { signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { app } from './app.ts';
import { BINDING_KINDS, type Env } from './env.ts';
import { newIdBeside } from '#shared/ids/shard.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import type { LifecycleOperation } from '#shared/contracts/http/lifecycle.ts';
import { comesTo, inUse } from './testing/lifecycle.ts';
import { activation, deliver, eventually, FULFILMENTS, newLine, reaches } from './testing/harness.ts';
import { boughtLicence, ownerOf } from './testing/licences.ts';
import { keysTemplate, makeTemplate, operator } from './testing/templates.ts';
import { useConsumer } from './testing/fake-consumer.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
const consumers = useConsumer(world);

/** Counts what one request costs. The key set is loaded by an earlier one, as in an isolate that has been in use. */
async function costOf(request: Request): Promise<{ costs: Partial<Costs>; response: Response }> {
  const costs = newCosts();
  const context = createExecutionContext();
  const response = await app.fetch(request, meterEnv(workerEnv<Env>(), BINDING_KINDS, costs), context);
  await waitOnExecutionContext(context);
  return { costs: Object.fromEntries(Object.entries(costs).filter(([, count]) => count > 0)), response };
}

/** Whatever a customer owns is asked for behind one statement more, the fence of its shard. */
describe('what a request costs', () => {
  it('is a look or two for templates', async () => {
    const { id, document } = await makeTemplate(keysTemplate());
    const headers = { ...(await operator()), 'content-type': 'application/json' };
    const url = 'https://shop.test/v1/provisioning/templates';
    await costOf(new Request(url, { headers }));
    for (const path of ['', `/${id}`, `/${id}/versions`]) {
      const read = await costOf(new Request(url + path, { headers }));
      expect(read.costs).toEqual({ d1: 1, d1Statements: 1 });
    }
    const body = JSON.stringify({ document: { ...document, title: 'Other' }, note: 'Other.' });
    const sent = { method: 'POST', headers: { ...headers, 'if-match': '"1"' }, body };
    const added = await costOf(new Request(`${url}/${id}/versions`, sent));
    // A write tells the catalogue which templates there are: one look and one call more.
    expect(added.costs).toEqual({ d1: 4, d1Statements: 5, services: 1 });
    const made = await costOf(
      new Request(url, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify(keysTemplate()),
      }),
    );
    expect(made.costs).toEqual({ d1: 4, d1Statements: 5, services: 1 });
    const gone = await costOf(new Request(`${url}/${id}`, { method: 'DELETE', headers }));
    expect(gone.costs).toEqual({ d1: 3, d1Statements: 3, services: 1 });
  });

  it('stays in its budget', async () => {
    const line = newLine(FULFILMENTS.download);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const headers = await signedIn(line.customerId, 'customer');
    const url = `https://shop.test/v1/instances/${line.instanceId}`;
    await costOf(new Request(url, { headers }));

    const list = await costOf(new Request('https://shop.test/v1/instances', { headers }));
    expect(list.costs).toEqual({ d1: 1, d1Statements: 2 });

    const one = await costOf(new Request(url, { headers }));
    expect(one.costs).toEqual({ d1: 1, d1Statements: 2 });

    const link = await costOf(new Request(`${url}/download-link`, { method: 'POST', headers }));
    expect(link.costs).toEqual({ d1: 2, d1Statements: 6 });

    const file = downloadLinkSchema.parse(await link.response.json());
    const download = await costOf(new Request(file.url));
    expect(download.costs).toEqual({ d1: 1, d1Statements: 2, r2: 1 });
    await download.response.body?.cancel();

    const forged = await costOf(new Request('https://shop.test/v1/downloads/a.b'));
    expect(forged.costs).toEqual({});

    const put = await costOf(
      new Request('https://shop.test/v1/files/costs.txt', {
        method: 'PUT',
        body: 'x',
        headers: {
          ...(await signedIn(line.customerId, 'operator')),
          'content-length': '1',
          'content-type': 'text/plain',
        },
      }),
    );
    expect(put.costs).toEqual({ r2: 1 });
  });

  it('is small for a call-back, and nothing for one that is not signed', async () => {
    const line = newLine(FULFILMENTS.service);
    await deliver(line);
    await eventually(() => expect(world.partner.order('order-service')).toBeDefined());
    const order = world.partner.order('order-service');
    world.partner.finish(order, 'succeeded');

    const unsigned = await costOf(new Request(order.callbackUrl, { method: 'POST', body: '{}' }));
    expect(unsigned.costs).toEqual({});

    const signed = await costOf(world.partner.callBackRequest(order));
    expect(signed.response.status).toBe(204);
    expect(signed.costs).toEqual({ d1: 2, d1Statements: 5 });
  });

  it('is small for a partner that fetches messages', async () => {
    const { consumer } = consumers;
    const fetched = await costOf(consumer.request('/v1/connector-queues/consumer/fetch', { limit: 10 }));
    expect(fetched.response.status).toBe(200);
    expect(fetched.costs).toEqual({ d1: 2, d1Statements: 2 });
    const ids = { ids: ['op_1', 'op_2'] };
    const done = await costOf(consumer.request('/v1/connector-queues/consumer/acknowledgements', ids));
    expect(done.response.status).toBe(204);
    expect(done.costs).toEqual({ d1: 2, d1Statements: 2 });
  });

  it('is bounded for an operator who suspends and resumes, and for whoever looks why', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const headers = {
      ...(await signedIn(line.customerId, 'operator')),
      'content-type': 'application/json',
    };
    const url = `https://shop.test/v1/instances/${line.instanceId}`;
    const body = JSON.stringify({ reason: 'Odd use' });
    await costOf(new Request(url, { headers }));

    const suspended = await costOf(new Request(`${url}/suspend`, { method: 'POST', headers, body }));
    expect(suspended.costs).toEqual({ d1: 13, d1Statements: 33, queues: 1 });
    const resumed = await costOf(new Request(`${url}/resume`, { method: 'POST', headers }));
    expect(resumed.costs).toEqual({ d1: 12, d1Statements: 31, queues: 1 });
    const looked = await costOf(new Request(`${url}/suspensions`, { headers }));
    expect(looked.costs).toEqual({ d1: 3, d1Statements: 6 });
  });

  it('is bounded for an operation, whoever asks, and a look for whoever watches it', async () => {
    const line = await inUse(world, 'service');
    const owner = await signedIn(line.customerId, 'customer');
    const url = `https://shop.test/v1/instances/${line.instanceId}/operations`;
    const post = (to: string, body: object, headers = owner) =>
      costOf(
        new Request(to, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
        }),
      );
    await costOf(new Request(url, { headers: owner }));
    const suspended = await post(url, { kind: 'suspend' });
    await post(url, { kind: 'resume' });
    const rotated = await post(url, { kind: 'rotate' });
    const rotation = await rotated.response.json<LifecycleOperation>();
    await comesTo(rotation, 'done', line.customerId);
    const planned = await post(url, { kind: 'suspend', at: rfc3339(Date.now() + DAY_MS) });
    const { id } = await planned.response.json<{ id: string }>();
    const calledOff = await post(`${url}/${id}/call-off`, {});
    const listed = await costOf(new Request(url, { headers: owner }));
    const looked = await costOf(new Request(`${url}/${id}`, { headers: owner }));
    const offer = await (await post(url, { kind: 'transfer' })).response.json<LifecycleOperation>();
    const receiver = await signedIn(newIdBeside('user', line.customerId), 'customer');
    const code = offer.transferCode;
    const accepted = await post('https://shop.test/v1/instance-transfers', { code }, receiver);
    const ofAll = [suspended, rotated, calledOff, listed, looked, accepted];
    expect(ofAll.map(({ response }) => response.status)).toEqual([202, 202, 200, 200, 200, 202]);
    expect(ofAll.map(({ costs }) => costs.d1)).toEqual([21, 11, 8, 2, 5, 5]);
  });

  it('is a look for whoever watches and governs the making', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    const staff = { ...(await operator()), 'content-type': 'application/json' };
    const read = async (path: string, headers: Record<string, string> = staff) => {
      const { costs, response } = await costOf(new Request(`https://shop.test/v1/${path}`, { headers }));
      await response.body?.cancel();
      return costs;
    };
    await read('provisioning/connectors');
    expect(await read('provisioning/connectors')).toEqual({});
    // Each of two databases.
    expect(await read('provisioning/tasks')).toEqual({ d1: 2, d1Statements: 4 });
    expect(await read('provisioning/connections')).toEqual({ d1: 1, d1Statements: 1 });
    expect(await read('provisioning/licence-pools')).toEqual({ d1: 2, d1Statements: 2 });
    expect(await read('provisioning/notices')).toEqual({ d1: 1, d1Statements: 1 });
    expect(await read('provisioning/connections/x/plans')).toEqual({ d1: 1, d1Statements: 2 });
    expect(await read('provisioning/connections/x/plans/y')).toEqual({ d1: 1, d1Statements: 1 });
    // One object call a partner.
    // The partner's, and one of the connection there is.
    expect(await read('provisioning/gates')).toEqual({ d1: 1, d1Statements: 1, objects: 2 });
    expect(await read('provisioning/store')).toEqual({ d1: 1, d1Statements: 2 });
    expect(await read('provisioning/store/moves')).toEqual({ objects: 1 });
    const owner = await signedIn(line.customerId, 'customer');
    expect(await read(`instances/${line.instanceId}/progress`, owner)).toEqual({ d1: 3, d1Statements: 7 });

    const dry = await costOf(
      new Request('https://shop.test/v1/provisioning/dry-runs', {
        method: 'POST',
        headers: staff,
        body: JSON.stringify({ variantId: line.variantId }),
      }),
    );
    await dry.response.body?.cancel();
    expect(dry.costs).toMatchObject({ d1: 2, services: 1 });

    const put = async (path: string, body: object) =>
      (
        await costOf(
          new Request(`https://shop.test/v1/provisioning/${path}`, {
            method: 'PUT',
            headers: staff,
            body: JSON.stringify(body),
          }),
        )
      ).costs;
    expect(await put('gates/partner', { held: false })).toEqual({ d1: 1, d1Statements: 1, objects: 2 });
    expect(await put('licence-pools/costs', { title: 'Keys' })).toEqual({ d1: 3, d1Statements: 3 });
    expect(await put('connections/costs', { baseUrl: 'https://things.test' })).toEqual({
      d1: 3,
      d1Statements: 3,
    });
  });

  it('is nothing for a licence checked again, and one look and one count for what changes', async () => {
    const { keys, line } = await boughtLicence({
      leases: { max: 1, seconds: 60 },
      meters: [{ name: 'calls', limit: 9, period: 'day' }],
    });
    const licenceKey = keys[0];
    const cost = async (path: string, body: object) => {
      const request = new Request(`https://shop.test/v1/entitlements/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify({ licenceKey, ...body }),
      });
      const { costs, response } = await costOf(request);
      expect(response.ok).toBe(true);
      const text = await response.text();
      return { costs, id: /"id":"(lea_\w+)"/.exec(text)?.[1] };
    };
    const device = { fingerprint: 'mine' };
    const [look, hops] = [
      { d1: 1, d1Statements: 2 },
      { d1: 1, d1Statements: 2, objects: 1 },
    ];
    // The first use of an instance is written down, once: backups look there.
    expect((await cost('activations', { device })).costs).toEqual({ d1: 2, d1Statements: 4, objects: 1 });
    expect((await cost('activations', { device })).costs).toEqual(hops);
    expect((await cost('check', {})).costs).toEqual(look);
    expect((await cost('check', {})).costs).toEqual({});
    expect((await cost('check', device)).costs).toEqual({ objects: 1 });
    expect((await cost('check', device)).costs).toEqual({});
    expect((await cost('check', { usage: { meter: 'calls' } })).costs).toEqual({ objects: 1 });
    expect((await cost('check?consistency=strong', device)).costs).toEqual(hops);
    const lease = await cost('leases', { device });
    expect(lease.costs).toEqual(hops);
    expect((await cost('leases/heartbeat', { leaseId: lease.id })).costs).toEqual(hops);
    expect((await cost('leases/release', device)).costs).toEqual(hops);
    expect((await cost('usage', { meter: 'calls' })).costs).toEqual(hops);
    expect((await cost('files', device)).costs).toEqual(hops);
    expect((await cost('deactivations', device)).costs).toEqual(hops);
    const owner = { ...(await ownerOf(line)), 'content-type': 'application/json', 'if-match': '*' };
    const owned = async (method: string, path: string, body?: object) =>
      (
        await costOf(
          new Request(`https://shop.test/v1/${path}`, {
            method,
            headers: owner,
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
        )
      ).costs;
    await owned('GET', 'me/products');
    expect(await owned('GET', 'me/products')).toEqual(look);
    const { instanceId } = line;
    expect(await owned('GET', `instances/${instanceId}/use`)).toEqual({ ...look, objects: 2 });
    const activationPath = `instances/${instanceId}/activations/${newId('activation')}`;
    expect(await owned('DELETE', activationPath)).toEqual(hops);
    const labelled = await owned('PATCH', `instances/${instanceId}`, { tags: ['a'] });
    expect(labelled).toEqual({ d1: 3, d1Statements: 8 });
    const published = await costOf(new Request('https://shop.test/.well-known/licence-keys.json'));
    expect(published.costs).toEqual({});
  });
});
