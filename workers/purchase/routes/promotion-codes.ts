import { createRoute, z } from '@hono/zod-openapi';
import {
  promotionCodePageSchema,
  promotionCodesSchema,
  promotionUsesSchema,
} from '#shared/contracts/http/pricing-rules.ts';
import { codeSchema } from '#shared/domain/pricing/code.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { addCodes, listCodes, removeCode } from '../rules/queries.ts';

const tags = ['Pricing'];
const params = z.object({ id: idSchema('promotion') });
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;

const add = createRoute({
  method: 'post',
  path: '/v1/promotions/{id}/codes',
  operationId: 'addPromotionCodes',
  tags,
  summary: 'Adds codes to a promotion. Safe to repeat: a code it has already stays',
  ...authorised('pricing.write'),
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: promotionCodesSchema } } },
  },
  responses: {
    204: { description: 'They stand for it' },
    ...problems(
      'malformed-request',
      'not-found',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      ...REFUSED,
    ),
  },
});
const list = createRoute({
  method: 'get',
  path: '/v1/promotions/{id}/codes',
  operationId: 'listPromotionCodes',
  tags,
  summary: 'Lists the codes of a promotion',
  ...authorised('pricing.read'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('A page of codes', promotionCodePageSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const remove = createRoute({
  method: 'delete',
  path: '/v1/promotions/{id}/codes/{code}',
  operationId: 'removePromotionCode',
  tags,
  summary: 'Takes a code away; orders placed with it keep what it gave. Safe to repeat',
  ...authorised('pricing.write'),
  request: { params: params.extend({ code: codeSchema }) },
  responses: { 204: { description: 'It stands for it no more' }, ...problems(...REFUSED) },
});
const uses = createRoute({
  method: 'get',
  path: '/v1/promotions/{id}/uses',
  operationId: 'getPromotionUses',
  tags,
  summary: 'How many orders use a limited promotion, as its own object counts them now',
  ...authorised('pricing.read'),
  request: { params },
  responses: { 200: json('The count', promotionUsesSchema), ...problems(...REFUSED) },
});

export function promotionCodeRoutes(app: App<Env>): void {
  app.openapi(add, async (c) => {
    const { codes } = c.req.valid('json');
    const taken = await addCodes(c.env.COMMERCE_DB, c.req.valid('param').id, codes, systemClock.now());
    if (taken === null) throw new Problem({ slug: 'not-found', detail: 'There is no such promotion.' });
    if (taken.length > 0) {
      throw new Problem({
        slug: 'conflict',
        detail: 'A code stands for another promotion; none was added.',
        errors: taken.map((code) => ({
          in: 'body',
          pointer: `/codes/${codes.indexOf(code)}`,
          detail: 'stands for another promotion',
        })),
      });
    }
    return c.body(null, 204);
  });
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after =
      cursor === undefined ? '' : decodeCursor(z.strictObject({ code: z.string().max(100) }), cursor).code;
    const found = await listCodes(c.env.COMMERCE_DB, {
      promotionId: c.req.valid('param').id,
      after,
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ code: items.at(-1) ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(remove, async (c) => {
    const { id, code } = c.req.valid('param');
    await removeCode(c.env.COMMERCE_DB, id, code);
    return c.body(null, 204);
  });
  app.openapi(uses, async (c) => {
    const { id } = c.req.valid('param');
    const call = { requestId: c.get('requestId') };
    return c.json(await ports(c.env).promotion(id, (promotion) => promotion.uses(call)), 200);
  });
}
