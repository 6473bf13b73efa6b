import { createRoute } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BODY_BYTES_MAX, createApp } from './app.ts';
import { json } from './responses.ts';

const answered = json('Done', z.object({}));
const path = '/v1/things/{id}';
const body = { content: { 'application/json': { schema: z.looseObject({}) } } };
const app = createApp({
  system: 'test',
  bindings: {},
  verifier: () => ({ verify: () => Promise.resolve(null) }),
});
app.openapi(createRoute({ method: 'post', path: '/v1/things/sweep', responses: { 200: answered } }), (c) =>
  c.json({}),
);
app.openapi(createRoute({ method: 'delete', path, responses: { 200: answered } }), (c) => c.json({}));
app.openapi(createRoute({ method: 'post', path, request: { body }, responses: { 200: answered } }), (c) =>
  c.json({}),
);

/** What the route answered, and whether anybody began to read what was sent. */
async function sent(method: string, at: string): Promise<{ status: number; read: boolean }> {
  let read = false;
  const tooMuch = new ReadableStream(
    {
      pull(controller) {
        read = true;
        controller.enqueue(new Uint8Array(BODY_BYTES_MAX + 1));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const { status } = await app.request(
    at,
    { method, body: tooMuch, duplex: 'half', headers: { 'content-type': 'application/json' } } as RequestInit,
    {},
  );
  return { status, read };
}

test('a route that takes no body reads none: it can neither be too large nor hold what is refused', async () => {
  expect(await sent('POST', '/v1/things/sweep')).toEqual({ status: 200, read: false });
  expect(await sent('DELETE', '/v1/things/1')).toEqual({ status: 200, read: false });
});

test('every other body is limited, also where no route is', async () => {
  expect(await sent('POST', '/v1/things/1')).toEqual({ status: 413, read: true });
  expect(await sent('POST', '/v1/nothing')).toEqual({ status: 413, read: true });
});
