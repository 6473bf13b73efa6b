import { createRoute } from '@hono/zod-openapi';
import { giftCardKeyUseSchema } from '#shared/contracts/http/audit-and-keys.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { giftCardKeys } from '../ports.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/gift-cards/keys',
  operationId: 'readGiftCardKeyUse',
  tags: ['Gift cards'],
  summary: 'Which keys of codes are configured, and how many cards still need each; reads whole tables',
  ...authorised('keys.manage'),
  responses: { 200: json('The ring', giftCardKeyUseSchema), ...problems('unauthenticated', 'forbidden') },
});

export function giftCardKeyUse(app: App<Env>): void {
  app.openapi(route, async (c) => {
    c.header('cache-control', 'no-store');
    return c.json({ giftCards: await giftCardKeys(c.env) }, 200);
  });
}
