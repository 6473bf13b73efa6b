import { expect, test } from 'vitest';
import { PROBLEMS } from '#shared/http/problems.ts';
import { API_DOCUMENT, API_PATHS } from './api-document.ts';
import { curlExample } from './curl-example.ts';
import { paymentPageUrl } from './payment-page.ts';
import { API_PREFIXES } from './routing.ts';
import { describe as inWords, exampleOf } from './schema-example.ts';
import { ask } from './testing/browser.ts';

const schemas = {
  Money: {
    type: 'object',
    properties: { amount: { type: 'integer' }, note: { type: 'string' } },
    required: ['amount'],
  },
  Loop: { type: 'object', properties: { again: { $ref: '#/components/schemas/Loop' } } },
};

test('an example holds what is required, follows references and ends where a schema refers to itself', () => {
  expect(exampleOf({ $ref: '#/components/schemas/Money' }, schemas)).toEqual({ amount: 1 });
  expect(exampleOf({ type: 'array', items: { type: 'string', format: 'email' } }, schemas)).toEqual([
    'customer@example.com',
  ]);
  expect(exampleOf({ type: 'string', pattern: '^ord_[0-9a-f]{32}$' }, schemas)).toMatch(/^ord_[0-9a-f]{32}$/);
  expect(JSON.stringify(exampleOf({ $ref: '#/components/schemas/Loop' }, schemas))).toContain('null');
});

test('a schema is told in words', () => {
  expect(inWords({ type: 'string', minLength: 3, maxLength: 5 })).toBe(
    'string, at least 3 characters, at most 5 characters',
  );
  expect(inWords({ anyOf: [{ $ref: '#/components/schemas/Money' }, { type: 'null' }] })).toBe('Money | null');
});

test('a curl example can be pasted: quotes in it end no argument', () => {
  const command = curlExample(
    {
      path: '/v1/things/{id}',
      method: 'PUT',
      operation: {
        security: [{ accessToken: [] }],
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', example: 'thing_1' } },
        ],
        requestBody: { content: { 'application/json': { schema: { type: 'string', example: "it's" } } } },
      },
    },
    'https://shop.test',
    {},
  );
  expect(command).toBe(
    [
      "curl -X PUT 'https://shop.test/v1/things/thing_1'",
      '-H "Authorization: Bearer $ACCESS_TOKEN"',
      "-H 'Content-Type: application/json'",
      String.raw`-d '"it'\''s"'`,
    ].join(' \\\n  '),
  );
});

test('the document is served with this deployment’s own address', async () => {
  const response = await ask('/openapi.json');
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(await response.json()).toMatchObject({
    openapi: '3.1.0',
    servers: [{ url: 'https://shop.test' }],
    components: { securitySchemes: { accessToken: { type: 'http', scheme: 'bearer' } } },
  });
});

test('the reference has an anchor for every operation and schema, and every problem', async () => {
  const page = await (await ask('/docs')).text();
  const ids = Object.values(API_PATHS).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  const anchors = [...ids, ...Object.keys(API_DOCUMENT.components.schemas).map((name) => `schema-${name}`)];
  expect(anchors.filter((anchor) => !page.includes(`id="${anchor}"`))).toEqual([]);
  expect(Object.keys(PROBLEMS).filter((slug) => !page.includes(`/problems/${slug}`))).toEqual([]);
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(targets.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
});

test('every route of the document reaches a worker', async () => {
  for (const [template, item] of Object.entries(API_PATHS)) {
    const path = template.replaceAll(/\{[^}]+\}/g, 'x');
    for (const method of Object.keys(item)) {
      const response = await ask(`${path}?echo=1`, { method: method.toUpperCase() });
      expect([method, template, response.status]).toEqual([method, template, 200]);
    }
  }
});

test('a method the document does not offer is refused with those it does', async () => {
  const once = Object.entries(API_PATHS).find(([, item]) => !('patch' in item));
  const [template, item] = once ?? ['/v1/none', {}];
  const response = await ask(template.replaceAll(/\{[^}]+\}/g, 'x'), { method: 'PATCH' });
  expect(response.status).toBe(405);
  for (const method of Object.keys(item))
    expect(response.headers.get('allow')).toContain(method.toUpperCase());
  expect(await response.json()).toMatchObject({ type: '/problems/method-not-allowed' });
});

test('every prefix of the routing table leads to something the document names', () => {
  const unused = Object.keys(API_PREFIXES).filter(
    (prefix) => !Object.keys(API_PATHS).some((path) => path === prefix || path.startsWith(`${prefix}/`)),
  );
  expect(unused).toEqual([]);
});

test('the payment page’s address carries its values encoded, each once', () => {
  const values = {
    payment: 'pi_1',
    clientSecret: 'pi_1_secret_{payment}',
    returnUrl: 'https://shop.test/orders/1?a=b',
  };
  expect(paymentPageUrl('', values)).toBeNull();
  expect(paymentPageUrl('https://pay.test/{payment}?s={clientSecret}&r={returnUrl}', values)).toBe(
    'https://pay.test/pi_1?s=pi_1_secret_%7Bpayment%7D&r=https%3A%2F%2Fshop.test%2Forders%2F1%3Fa%3Db',
  );
});

test('whatever takes JSON tells how it answers JSON that cannot be read, is too large, or is something else', () => {
  const untold = Object.entries(API_DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => 'application/json' in (operation.requestBody?.content ?? {}))
      // The provider sends no other type, and its signature is over bytes.
      .filter(([, operation]) => operation.operationId !== 'receiveStripeWebhook')
      .filter(([, { responses = {} }]) => ['400', '413', '415'].some((status) => !(status in responses)))
      .map(([method]) => `${method} ${path}`),
  );
  expect(untold).toEqual([]);
});
