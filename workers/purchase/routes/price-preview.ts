import { customerOf } from '#shared/domain/customer.ts';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { codesSchema, destinationSchema, LINES_MAX, QUANTITY_MAX } from '#shared/contracts/http/orders.ts';
import { linePrice, linePriceSchema, orderPrice, priceSchema } from '#shared/contracts/http/price.ts';
import type { App } from '#shared/http/app.ts';
import { authorisedOrGuest } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { previewPrice } from '../usecases/preview-price.ts';

const requestSchema = z
  .strictObject({
    currency: currencySchema,
    lines: z
      .array(z.strictObject({ variantId: idSchema('variant'), quantity: z.int().min(1).max(QUANTITY_MAX) }))
      .min(1)
      .max(LINES_MAX),
    /** Default: the shop's own country. */
    destination: destinationSchema.optional(),
    codes: codesSchema.default([]),
    /** Default: the cheapest. */
    shippingMethodId: idSchema('shippingMethod').optional(),
  })
  .meta({ id: 'PricePreviewRequest' });

const previewSchema = z
  .strictObject({
    price: priceSchema,
    /** Index-aligned with the lines asked about. */
    lines: z.array(linePriceSchema),
    /** Every way to send it there, cheapest first; none when nothing is sent. */
    shippingMethods: z.array(z.strictObject({ id: z.string(), title: z.string(), amount: moneySchema })),
    /** Codes that do not count, with the reason; the price is without them. */
    refusedCodes: z.array(z.strictObject({ code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'PricePreview' });

const route = createRoute({
  method: 'post',
  path: '/v1/price-preview',
  operationId: 'previewPrice',
  tags: ['Pricing'],
  summary: 'What lines would cost at a destination, explained part by part, without ordering anything',
  description:
    'Nothing is held or promised: an order is priced again when it is placed. With an access token the prices and promotions of the customer count.',
  ...authorisedOrGuest('carts.use'),
  request: { body: { required: true, content: { 'application/json': { schema: requestSchema } } } },
  responses: {
    200: json('The price', previewSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function pricePreviewRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const request = c.req.valid('json');
    const { currency } = request;
    const visitor = c.get('visitor');
    const preview = await previewPrice(
      ports(c.env),
      { requestId: c.get('requestId') },
      { request, customerId: visitor === null ? null : customerOf(buyerOf(visitor)) },
    );
    if (!preview.ok) {
      throw new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: preview.error.map((refusal) => ({ in: 'body', ...refusal })),
      });
    }
    const { priced, refusedCodes, shippingMethods } = preview.value;
    return c.json(
      {
        price: orderPrice(priced, priced.lines),
        lines: priced.lines.map((line) => linePrice(currency, line)),
        shippingMethods: shippingMethods.map(({ amount, ...method }) => ({
          ...method,
          amount: { amount, currency },
        })),
        refusedCodes,
      },
      200,
    );
  });
}
