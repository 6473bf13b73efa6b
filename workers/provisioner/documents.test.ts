import { describe, expect, it } from 'vitest';
import {
  instancePageSchema,
  instanceSchema,
  ownedPageSchema,
  type Delivery,
} from '#shared/contracts/http/instances.ts';
import { instanceUseSchema } from '#shared/contracts/http/entitlements.ts';
import { newId } from '#shared/ids/ids.ts';
import { actingFor, self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { testAccessToken } from '#shared/testing/tokens.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  type ProvisionMessage,
  reaches,
} from './testing/harness.ts';
import { boughtLicence, ownerOf, post } from './testing/licences.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
type Headers = Record<string, string>;
const send = (path: string, headers: Headers, init: RequestInit = {}) =>
  self.fetch(`https://shop.test${path}`, {
    ...init,
    headers: { ...headers, 'content-type': 'application/json' },
  });
const read = async (line: ProvisionMessage, headers?: Headers) =>
  instanceSchema.parse(
    await (await send(`/v1/instances/${line.instanceId}`, headers ?? (await ownerOf(line)))).json(),
  );
const ids = async (path: string, headers: Headers): Promise<string[]> =>
  instancePageSchema.parse(await (await send(path, headers)).json()).items.map(({ id }) => id);

describe('the document of an instance', () => {
  it('says what was bought, what it entitles to, whose it is and what happened to it', async () => {
    const organisation = newId('organisation');
    const { line } = await boughtLicence({ features: ['a'] }, { customerId: organisation });
    const document = await read(line);
    expect(document).toMatchObject({
      customerId: organisation,
      organisationId: organisation,
      entitlements: { features: ['a'], seats: 3 },
      tags: [],
      metadata: {},
    });
    expect(document.history.map(({ type }) => type)).toEqual([
      'instance.activated',
      'instance.ready',
      'instance.opened',
    ]);
    expect(document.endsAt).not.toBeNull();
  });

  it('keeps what staff noted from its owner', async () => {
    const { line } = await boughtLicence();
    const staff = await signedIn(newId('user'), 'operator');
    const body = JSON.stringify({ reason: 'odd use' });
    await send(`/v1/instances/${line.instanceId}/suspend`, staff, { method: 'POST', body });
    expect(JSON.stringify(await read(line))).not.toContain('odd use');
    expect(JSON.stringify((await read(line, staff)).history)).toContain('odd use');
  });
});

describe('credentials', () => {
  const service = async (): Promise<ProvisionMessage> => {
    const line = newLine(FULFILMENTS.service);
    await deliver(line);
    await eventually(() => expect(world.partner.order('order-service')).toBeDefined());
    const order = world.partner.order('order-service');
    world.partner.finish(order, 'succeeded');
    await self.fetch(world.partner.callBackRequest(order));
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    return line;
  };
  /** Signed in so many seconds ago. */
  const signedInBefore = async (
    line: ProvisionMessage,
    seconds: number,
    claims: object = {},
  ): Promise<Headers> => {
    const user = { userId: line.customerId, roles: ['customer' as const] };
    const then = { auth_time: Math.floor(Date.now() / 1_000) - seconds, ...claims };
    return {
      authorization: `Bearer ${await testAccessToken(workerEnv<object>().TEST_PRIVATE_JWK, user, then)}`,
    };
  };
  const reveal = (line: ProvisionMessage, headers: Headers) =>
    send(`/v1/instances/${line.instanceId}/credentials/reveal`, headers, { method: 'POST' });

  it('are hidden, shown to the first of many who ask and then only to who has just shown who they are, each time written down', async () => {
    const line = await service();
    expect((await read(line)).delivery).toMatchObject({ type: 'partner-service', password: null });
    const stale = await signedInBefore(line, 3_600);
    const answers = await Promise.all(Array.from({ length: 8 }, () => reveal(line, stale)));
    const first = answers.filter(({ ok }) => ok);
    expect(first).toHaveLength(1);
    const { delivery } = await (first[0] as Response).json<{ delivery: Delivery }>();
    expect(delivery).toMatchObject({ type: 'partner-service', password: expect.any(String) as string });
    const refused = await reveal(line, stale);
    expect(refused.headers.get('www-authenticate')).toContain('max_age="900"');
    expect((await refused.json<{ type: string }>()).type).toBe('/problems/step-up-required');
    expect((await reveal(line, await signedInBefore(line, 60))).status).toBe(200);
    // A key shows nobody's face: no sign-in of its owner is behind it.
    const key = await signedInBefore(line, 0, { client_id: 'key_x', scope: 'instances.use', sid: undefined });
    expect((await reveal(line, key)).status).toBe(401);

    const { results } = await workerEnv<Env>()
      .STORE_DB.prepare(
        'SELECT by_id AS by, was_fresh AS fresh FROM credential_reveals WHERE instance_id = ? ORDER BY at, id',
      )
      .bind(line.instanceId)
      .all();
    expect(results).toEqual([
      { by: line.customerId, fresh: 0 },
      { by: line.customerId, fresh: 1 },
    ]);
    const { history } = await read(line);
    expect(history.filter(({ type }) => type === 'credentials.revealed')).toHaveLength(2);
  });

  it('are nobody else’s, and of a licence there are none', async () => {
    const { line } = await boughtLicence();
    expect((await reveal(line, await signedIn(newId('user'), 'customer'))).status).toBe(404);
    expect((await reveal(line, await signedIn(newId('user'), 'operator'))).status).toBe(403);
    expect((await reveal(line, await ownerOf(line))).status).toBe(409);
  });
});

describe('labels', () => {
  const label = (line: ProvisionMessage, headers: Headers, body: object, etag: string) =>
    send(
      `/v1/instances/${line.instanceId}`,
      { ...headers, 'if-match': etag },
      {
        method: 'PATCH',
        body: JSON.stringify(body),
      },
    );

  it('are written on the version that was read, and one of two at once has to read again', async () => {
    const { line } = await boughtLicence();
    const owner = await ownerOf(line);
    const etag = (await send(`/v1/instances/${line.instanceId}`, owner)).headers.get('etag') ?? '';
    const both = await Promise.all(
      ['one', 'two'].map((tag) => label(line, owner, { tags: [tag], metadata: { ref: tag } }, etag)),
    );
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    const next = both.find(({ ok }) => ok)?.headers.get('etag') ?? '';
    const kept = await label(line, owner, { tags: ['three', 'Vier'] }, next);
    const { tags, metadata } = instanceSchema.parse(await kept.json());
    expect(tags).toEqual(['three', 'Vier']);
    expect(Object.keys(metadata)).toEqual(['ref']);
    expect(await ids('/v1/instances?tag=Vier', owner)).toEqual([line.instanceId]);
    expect(await ids('/v1/instances?tag=one', owner)).toEqual([]);
    const stranger = await signedIn(newId('user'), 'customer');
    expect(await ids('/v1/instances?tag=Vier', stranger)).toEqual([]);
    expect((await label(line, stranger, { tags: [] }, '*')).status).toBe(404);
    expect((await label(line, await signedIn(newId('user'), 'support'), { tags: [] }, '*')).status).toBe(403);
  });

  it.each([
    { tags: Array.from({ length: 21 }, (_, index) => `t${index}`) },
    { tags: ['a', 'a'] },
    { tags: ['\u0000'] },
    { metadata: { Bad: 'x' } },
    { metadata: { x: 'y'.repeat(501) } },
    { other: 1 },
  ])('are limited: %j', async (body) => {
    const line = { ...newLine(FULFILMENTS.licence) };
    expect((await label(line, await signedIn(line.customerId, 'customer'), body, '*')).status).toBe(422);
  });
});

describe('what one owns', () => {
  it('is found by product, state, attribute, tag and end, page by page, by its owner and by staff', async () => {
    const customerId = newId('user');
    const productId = newId('product');
    const bought = [];
    for (const [index, days] of [30, 10, 20].entries()) {
      const indexed = { ...FULFILMENTS.licence, validDays: days, indexed: ['region'] };
      const line = newLine(indexed, { customerId, productId, customisation: { region: `eu-${index % 2}` } });
      await deliver(line);
      await reaches(line, 'ready', 'line.provisioned');
      await deliver(activation(line));
      bought.push(line.instanceId);
    }
    const [thirty = '', ten = '', twenty = ''] = bought;
    await boughtLicence({}, { customerId });
    const owner = await signedIn(customerId, 'customer');
    const staff = await signedIn(newId('user'), 'support');
    const from = new Date(Date.now() + 15 * DAY_MS).toISOString();
    for (const [headers, scope] of [
      [owner, ''],
      [staff, `&customerId=${customerId}`],
      [staff, ''],
    ] as const) {
      const of = (query: string) => ids(`/v1/instances?productId=${productId}${scope}&${query}`, headers);
      expect(await of('state=active')).toEqual([twenty, ten, thirty]);
      expect(await of('attribute=region%3Aeu-0')).toEqual([twenty, thirty]);
      expect(await of('attribute=region%3Aeu-9')).toEqual([]);
      expect(await of(`endsFrom=${from}`)).toEqual([twenty, thirty]);
      expect(await of(`endsBefore=${from}`)).toEqual([ten]);
    }
    expect(await ids(`/v1/instances?customerId=${newId('user')}`, owner)).toEqual([]);

    const seen: string[] = [];
    let path: string | null = `/v1/instances?productId=${productId}&limit=1&endsFrom=2020-01-01T00:00:00Z`;
    while (path !== null) {
      const response = await send(path, owner);
      seen.push(...instancePageSchema.parse(await response.json()).items.map(({ id }) => id));
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(seen).toEqual([ten, twenty, thirty]);
  });

  it('comes in one call with what each entitles to, also of the organisation one acts for', async () => {
    const organisation = newId('organisation');
    await boughtLicence({ features: ['a'] }, { customerId: organisation });
    await boughtLicence({ features: ['b'] }, { customerId: organisation });
    const member = await actingFor(newId('user'), { id: organisation, role: 'member' });
    const response = await send('/v1/me/products?limit=1', member);
    const page = ownedPageSchema.parse(await response.json());
    expect(page.items[0]?.entitlements?.features).toEqual(['b']);
    const rest = await send(`/v1/me/products?cursor=${page.next}`, member);
    const { items, next } = ownedPageSchema.parse(await rest.json());
    expect([items[0]?.entitlements?.features, next]).toEqual([['a'], null]);
  });

  it('shows who uses it, and its owner ends that', async () => {
    const { line, keys } = await boughtLicence({ meters: [{ name: 'calls', limit: 5, period: 'day' }] });
    const device = { fingerprint: 'mine', name: 'My laptop' };
    await post('activations', { licenceKey: keys[0], device });
    const owner = await ownerOf(line);
    const path = `/v1/instances/${line.instanceId}`;
    const use = async () => instanceUseSchema.parse(await (await send(`${path}/use`, owner)).json());
    const { activations, meters } = await use();
    expect(activations).toMatchObject([{ name: 'My laptop', unit: 0 }]);
    expect(meters).toMatchObject([{ name: 'calls', used: 0, limit: 5 }]);
    const end = (headers: Headers) =>
      send(`${path}/activations/${activations[0]?.id}`, headers, { method: 'DELETE' });
    expect((await end(await signedIn(newId('user'), 'customer'))).status).toBe(404);
    expect([(await end(owner)).status, (await end(owner)).status]).toEqual([204, 204]);
    expect((await use()).activations).toEqual([]);
  });

  it('is looked for in an index whatever is asked', async () => {
    const plan = async (from: string, where: string): Promise<string> => {
      const sql = `EXPLAIN QUERY PLAN SELECT * FROM ${from} WHERE ${where}`;
      return JSON.stringify((await workerEnv<Env>().STORE_DB.prepare(sql).all()).results);
    };
    expect(await plan('instances', "product_id = 'p' ORDER BY id DESC")).toContain('instances_by_product');
    const index = "name = 'tag' AND value = 'x'";
    expect(await plan('instance_index', index)).toContain('instance_index_by_value');
    expect(await plan('instance_index', `${index} AND customer_id = 'u'`)).toContain(
      'instance_index_of_customer',
    );
    const ends = 'expires_at >= 0 AND expires_at < 9 AND (expires_at, instance_id) > (0, 0)';
    expect(await plan('entitlements', ends)).toContain('entitlements_by_expiry');
    expect(await plan('entitlements', `customer_id = 'u' AND ${ends}`)).toContain('entitlements_of_customer');
  });
});
