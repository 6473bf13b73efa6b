import { customerIdSchema } from '#shared/domain/customer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import {
  fulfilmentStateSchema,
  orderPageSchema,
  paymentStatusSchema,
  orderStateSchema,
} from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema } from '#shared/money/money.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { searchOrders } from '../usecases/search-orders.ts';
import { readerOf } from './asker.ts';

/** In UTC, as lists are sorted by; a year of more than four digits would sort elsewhere. */
const timeSchema = z.iso
  .datetime({ offset: true })
  .transform((time) => rfc3339(Date.parse(time)))
  .pipe(z.iso.datetime());
const amountSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const querySchema = pageQuerySchema
  .extend({
    state: z
      .preprocess(
        (value) => (typeof value === 'string' ? value.split(',') : value),
        z.array(orderStateSchema).min(1).max(orderStateSchema.options.length),
      )
      .optional()
      .openapi({ description: 'Any of these; repeated or parted by commas' }),
    paymentStatus: paymentStatusSchema.optional(),
    fulfilment: fulfilmentStateSchema.optional(),
    number: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^TP-[0-9A-Z]{8}$/, 'must be an order number like TP-7K3M9Q2X')
      .optional(),
    sku: z.string().min(1).max(100).optional(),
    productId: idSchema('product').optional(),
    createdFrom: timeSchema.optional().openapi({ type: 'string', format: 'date-time' }),
    createdBefore: timeSchema.optional().openapi({ type: 'string', format: 'date-time' }),
    currency: currencySchema.optional().openapi({ description: 'Currency of `totalMin` and `totalMax`' }),
    totalMin: amountSchema.optional().openapi({ description: 'Minor units, inclusive' }),
    totalMax: amountSchema.optional().openapi({ description: 'Minor units, inclusive' }),
    customerId: customerIdSchema
      .optional()
      .openapi({ description: 'For staff: a person or an organisation' }),
    email: z.email().max(254).optional().openapi({
      description: 'For staff: the address of the person who ordered, be it for an organisation; exactly',
    }),
    attention: z
      .string()
      .regex(/^[a-z0-9_]{1,100}$/)
      .optional()
      .openapi({ description: 'For staff: the cause why a person must look, or `any`' }),
  })
  .refine((query) => query.currency !== undefined || (query.totalMin ?? query.totalMax) === undefined, {
    path: ['currency'],
    message: 'must name the currency of totalMin and totalMax',
  });

const positionSchema = z.strictObject({ createdAt: z.iso.datetime(), id: idSchema('order') });

const route = createRoute({
  method: 'get',
  path: '/v1/orders',
  operationId: 'listOrders',
  tags: ['Orders'],
  summary: 'Orders, newest first: one’s own, or every one for staff',
  description:
    'All filters must hold. A page of several filters can be shorter than `limit`, even empty, and still have a next one: go on until `next` is null.',
  ...authorised('orders.read', 'orders.read_all'),
  request: { query: querySchema },
  responses: {
    200: json('A page of orders', orderPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function listOrdersRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const query = c.req.valid('query');
    const { currency, totalMin, totalMax } = query;
    const page = await searchOrders(
      ports(c.env),
      { requestId: c.get('requestId') },
      readerOf(c.get('actor')),
      {
        customerId: query.customerId ?? null,
        email: query.email ?? null,
        states: query.state ?? [],
        paymentStatus: query.paymentStatus ?? null,
        fulfilment: query.fulfilment ?? null,
        number: query.number ?? null,
        sku: query.sku ?? null,
        productId: query.productId ?? null,
        attention: query.attention ?? null,
        createdFrom: query.createdFrom ?? null,
        createdBefore: query.createdBefore ?? null,
        total:
          currency === undefined
            ? null
            : { currency, min: totalMin ?? 0, max: totalMax ?? Number.MAX_SAFE_INTEGER },
        before: query.cursor === undefined ? null : decodeCursor(positionSchema, query.cursor),
        limit: query.limit,
      },
    );
    if (!page.ok) throw toProblem(page.error);
    const next = page.value.next === null ? null : encodeCursor(page.value.next);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.value.rows, next }, 200);
  });
}
