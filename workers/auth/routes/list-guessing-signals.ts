import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { guessingSignalPageSchema } from '#shared/contracts/http/guessing.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const positionSchema = z.strictObject({ id: idSchema('guessingSignal') });

const route = createRoute({
  method: 'get',
  path: '/v1/auth/guessing-signals',
  operationId: 'listGuessingSignals',
  tags: TAGS.accounts,
  summary: 'Signs that passwords are being guessed or tried out, the newest first',
  ...authorised('guessing.read'),
  request: { query: pageQuerySchema },
  responses: {
    200: json('A page of signals', guessingSignalPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export const listGuessingSignalsEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const before = cursor === undefined ? null : decodeCursor(positionSchema, cursor).id;
    const rows = await wired(c).ports.guessingSignals.page(before, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = rows.length > limit && last !== undefined ? encodeCursor({ id: last.id }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    const items = shown.map((row) => ({ ...row, at: rfc3339(row.at) }));
    return c.json({ items, next }, 200, NO_STORE);
  });
};
