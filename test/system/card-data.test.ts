import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../../scripts/lib/accounts.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem, type System } from '../../scripts/lib/system.ts';
import { ROOT } from '../../scripts/lib/workers.ts';

/** A number nobody else here uses: what is found of it was put there by these tests. */
const PAN = '4929 1305 7720 4865';
const DIGITS = PAN.replaceAll(' ', '');
const CODE = '738';
const FORMS = [PAN, DIGITS, `please charge ${PAN.replaceAll(' ', '-')}, thanks`];

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}
interface Operation {
  parameters?: { name: string; in: 'path' | 'query' | 'header' }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const openApi = JSON.parse(
  readFileSync(path.join(ROOT, 'workers/gateway/openapi.generated.json'), 'utf8'),
) as Document;
const operations = Object.entries(openApi.paths).flatMap(([at, methods]) =>
  METHODS.flatMap((method) => {
    const operation = methods[method];
    return operation === undefined ? [] : [{ method: method.toUpperCase(), at, operation }];
  }),
);

/** A body for each text a schema takes, with `value` there and nothing else. */
function bodiesWith(schema: Schema, value: string, depth = 0): unknown[] {
  if (depth > 8) return [];
  const found =
    schema.$ref === undefined ? schema : openApi.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (found === undefined) return [];
  const inner = (next: Schema) => bodiesWith(next, value, depth + 1);
  return [
    ...([found.type].flat().includes('string') || Object.keys(found).length === 0 ? [value] : []),
    ...Object.entries(found.properties ?? {}).flatMap(([name, next]) =>
      inner(next).map((body) => ({ [name]: body })),
    ),
    ...(typeof found.additionalProperties === 'object'
      ? inner(found.additionalProperties).map((body) => ({ free: body }))
      : []),
    ...(found.items === undefined ? [] : inner(found.items).map((body) => [body])),
    ...[...(found.oneOf ?? []), ...(found.anyOf ?? []), ...(found.allOf ?? [])].flatMap(inner),
  ];
}

/** Whether a text has the number in it, however it is grouped. */
const holds = (text: string): boolean => text.replaceAll(/%20|[\s+-]/g, '').includes(DIGITS);

describe('a card number, put wherever the API takes anything', () => {
  const secrets = newSecrets();
  const signIns = newSignIns();
  const folder = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-cards-'));
  let system: System;
  let token: string;
  let running = false;
  let address = 0;

  beforeAll(async () => {
    system = await startSystem({ secrets, seed: signIns, persistTo: folder });
    running = true;
    token = (await signIn(system.origin, signIns.admin)).accessToken;
  });
  afterAll(async () => {
    if (running) await system.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends one request as an administrator; what came back must not hold the number. */
  async function send(
    method: string,
    at: string,
    init: { body?: BodyInit; headers?: Record<string, string> },
  ) {
    address += 1;
    const response = await fetch(system.origin + at, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': crypto.randomUUID(),
        // The limit by address is not what is tested here.
        'cf-connecting-ip': `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`,
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    const text = await response.text();
    const told = holds(text + JSON.stringify([...response.headers]));
    const named = response.status === 422 && text.includes('card data');
    return { told, outcome: named ? 'refused' : `${response.status} ${text.slice(0, 1_000)}` };
  }
  const filled = (at: string, value: string) => at.replaceAll(/\{[^}]+\}/g, encodeURIComponent(value));
  const ID = 'x'.repeat(8);
  const streamed = new Set(['/v1/webhooks/stripe', '/v1/imports', '/v1/files/{key}']);

  it('in any text of any body is refused by its place and told to nobody', async () => {
    const wrong: string[] = [];
    let sent = 0;
    for (const { method, at, operation } of operations) {
      const schema = operation.requestBody?.content?.['application/json']?.schema;
      if (schema === undefined || streamed.has(at)) continue;
      const form = FORMS[sent % FORMS.length] ?? PAN;
      for (const body of bodiesWith(schema, form)) {
        sent += 1;
        const { told, outcome } = await send(method, filled(at, ID), { body: JSON.stringify(body) });
        if (told || outcome !== 'refused') wrong.push(`${method} ${at} ${JSON.stringify(body)}: ${outcome}`);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(sent).toBeGreaterThan(300);
  });

  it('in any path, query or header is refused and told to nobody', async () => {
    const wrong: string[] = [];
    for (const { method, at, operation } of operations) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
      const query = operation.parameters?.find((parameter) => parameter.in === 'query')?.name ?? 'note';
      const tries = [
        { at: `${filled(at, ID)}?${query}=${encodeURIComponent(PAN)}`, headers: {} },
        { at: filled(at, ID), headers: { 'x-note': PAN } },
        { at: filled(at, ID), headers: { 'idempotency-key': DIGITS } },
        ...(at.includes('{') ? [{ at: filled(at, PAN), headers: {} }] : []),
      ];
      for (const each of tries) {
        const { told, outcome } = await send(method, each.at, { ...body, headers: each.headers });
        if (told || outcome !== 'refused') wrong.push(`${method} ${each.at}: ${outcome}`);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
  });

  it('as the id of a request is not taken over', async () => {
    const { told } = await send('GET', '/v1/products', { headers: { 'x-request-id': DIGITS } });
    expect(told).toBe(false);
  });

  it('as a verification code has no field', async () => {
    const body = JSON.stringify({ currency: 'EUR', lines: [], card: { cvc: CODE } });
    expect((await send('POST', '/v1/orders', { body })).outcome).toBe('refused');
    expect((await send('GET', `/v1/products?cvv=${CODE}`, {})).outcome).toBe('refused');
  });

  it('in a row of an import costs that row', async () => {
    const product = (handle: string, title: string) =>
      JSON.stringify({ handle, title, kind: 'licence', variants: [{ sku: handle, title: 'One' }] });
    const file = [product('plain', `Card ${PAN}`), product(DIGITS, 'Its handle')].join('\n');
    const imported = await send('POST', '/v1/imports', {
      body: file,
      headers: { 'content-type': 'application/x-ndjson', prefer: 'wait=60' },
    });
    expect(imported.told).toBe(false);
    expect(imported.outcome).toContain('"refused":2');
  });

  it('in an event of the provider, signed rightly, is kept without it', async () => {
    const id = `evt_${crypto.randomUUID().replaceAll('-', '')}`;
    const object = {
      object: 'charge',
      description: `paid with ${PAN}`,
      nested: [{ number: DIGITS, cvc: CODE }],
    };
    const body = JSON.stringify({
      id,
      object: 'event',
      type: 'charge.updated',
      created: 1,
      data: { object },
    });
    const signature = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: secrets.stripeWebhookSecret,
    });
    const received = await send('POST', '/v1/webhooks/stripe', {
      body,
      headers: { 'stripe-signature': signature },
    });
    expect(received.outcome).toMatch(/^200/);
    expect((await send('GET', `/v1/payment-events/${id}`, {})).told).toBe(false);
  });

  it('typed into a form of a page is refused, and the page does not say it back', async () => {
    for (const [at, fields] of [
      ['/sign-in', { email: PAN, password: 'x' }],
      ['/sign-up', { email: `${DIGITS}@mail.test` }],
    ] as const) {
      const { told } = await send('POST', at, {
        body: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: system.origin },
      });
      expect(told).toBe(false);
    }
    expect((await send('GET', `/?q=${DIGITS}`, {})).told).toBe(false);
  });

  it('is afterwards in no log line and in nothing that is stored, of the outside world’s mail and calls neither', async () => {
    expect(system.logs.length).toBeGreaterThan(500);
    expect(
      system.logs
        .map(({ message }) => message)
        .filter(holds)
        .slice(0, 3),
    ).toEqual([]);
    await system.stop();
    running = false;
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const stored = files.map((file) => path.join(file.parentPath, file.name));
    expect(stored.filter((file) => file.endsWith('.sqlite')).length).toBeGreaterThan(5);
    const forms = [PAN, DIGITS, PAN.replaceAll(' ', '-')];
    expect(stored.filter((file) => forms.some((form) => readFileSync(file).includes(form)))).toEqual([]);
  });
});
