import { createRoute, z } from '@hono/zod-openapi';
import { availableMethodsSchema } from '#shared/contracts/http/payment-methods.ts';
import { methodsFor } from '#shared/domain/payment-methods.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';

/** The table changes with a deployment only. */
const CACHED = 'public, max-age=300';

const route = createRoute({
  method: 'get',
  path: '/v1/payment-methods/available',
  operationId: 'listAvailablePaymentMethods',
  tags: ['Payment methods'],
  summary: 'How an amount can be paid',
  ...open('what can be paid with is public'),
  request: {
    query: z.strictObject({
      currency: currencySchema,
      amount: z.coerce.number().int().min(0).max(AMOUNT_MAX_MINOR_UNITS).meta({ description: 'Minor units' }),
    }),
  },
  responses: {
    200: json('The methods that can take it', availableMethodsSchema),
    ...problems('validation-failed'),
  },
});

export function availablePaymentMethods(app: App<Env>): void {
  app.openapi(route, (c) => {
    const { currency, amount } = c.req.valid('query');
    const items = methodsFor({ amount, currency }).map(
      ({ method, title, capture, settles, settleDaysMax, verifyDaysMax, holdDays, savable, wallets }) => ({
        method,
        title,
        capture,
        settles,
        settleDaysMax,
        verifyDaysMax,
        holdDays,
        savable,
        wallets: [...wallets],
      }),
    );
    c.header('cache-control', CACHED);
    return c.json({ items }, 200);
  });
}
