import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { liability } from '../ports.ts';

const liabilitySchema = z
  .strictObject({
    /** ISO 4217: that of every amount beside it, in minor units. */
    currency: z.string(),
    /** Cards with something on them. */
    cards: z.int(),
    /** What can be spent of them, disabled ones among them. */
    balance: z.int(),
    /** What is set aside for orders that are not charged yet. */
    held: z.int(),
    /** `balance` + `held`. */
    owed: z.int(),
    /** What the ledger says is owed: the same, but for what happened in the last minutes. */
    booked: z.int(),
  })
  .meta({ id: 'GiftCardLiability' });

const route = createRoute({
  method: 'get',
  path: '/v1/reports/gift-cards',
  operationId: 'reportGiftCardLiability',
  tags: ['Reports'],
  summary: 'What is owed for gift cards now, by currency: by the cards, and by the ledger',
  ...authorised('ledger.read'),
  responses: {
    200: json(
      'A row a currency',
      z.strictObject({ items: z.array(liabilitySchema) }).meta({ id: 'GiftCardLiabilityReport' }),
    ),
    ...problems('unauthenticated', 'forbidden'),
  },
});

export function giftCardLiabilityReport(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const found = await liability(c.env);
    return c.json({ items: found.map((row) => ({ ...row, owed: row.balance + row.held })) }, 200);
  });
}
