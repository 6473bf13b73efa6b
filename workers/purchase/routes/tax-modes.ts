import { createRoute, z } from '@hono/zod-openapi';
import { taxModeSchema, taxModesSchema } from '#shared/contracts/http/pricing-rules.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { currencySchema } from '#shared/money/money.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { listTaxModes, setTaxMode } from '../rules/queries.ts';

const tags = ['Pricing'];
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;

const list = createRoute({
  method: 'get',
  path: '/v1/tax-modes',
  operationId: 'listTaxModes',
  tags,
  summary: 'Currencies for which it was set whether prices contain their tax; in others they do',
  ...authorised('pricing.read'),
  responses: { 200: json('The modes', taxModesSchema), ...problems(...REFUSED) },
});
const set = createRoute({
  method: 'put',
  path: '/v1/tax-modes/{currency}',
  operationId: 'setTaxMode',
  tags,
  summary: 'Sets whether prices in a currency contain their tax. Safe to repeat',
  ...authorised('pricing.write'),
  request: {
    params: z.object({ currency: currencySchema }),
    body: { required: true, content: { 'application/json': { schema: taxModeSchema } } },
  },
  responses: {
    200: json('The mode', taxModeSchema),
    ...problems('malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED),
  },
});

export function taxModeRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => c.json({ items: await listTaxModes(c.env.COMMERCE_DB) }, 200));
  app.openapi(set, async (c) => {
    const { mode } = c.req.valid('json');
    await setTaxMode(c.env.COMMERCE_DB, c.req.valid('param').currency, mode, systemClock.now());
    return c.json({ mode }, 200);
  });
}
