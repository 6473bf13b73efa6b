import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { networkOf } from '#objects/fraud/subjects.ts';
import { codesOf } from '#objects/gift-card/of-env.ts';
import { giftCardBalanceSchema, giftCardCodeInputSchema } from '#shared/contracts/http/gift-cards.ts';
import type { AppEnv, App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { giftCardPorts } from '../ports.ts';
import { lookUp, type Trier } from '../usecases/gift-cards/look-up.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/gift-cards/balance',
  operationId: 'readGiftCardBalance',
  tags: ['Gift cards'],
  summary: 'What a gift card is worth now',
  description:
    'The code stands in the body, never in an address. Wrong codes are counted by account and by network: after too many of them the answer is 429 for up to an hour, whatever the code; after too many of a network, for its accounts that sent a wrong one.',
  ...authorised('gift_cards.use'),
  request: { body: { required: true, content: { 'application/json': { schema: giftCardCodeInputSchema } } } },
  responses: {
    200: json('What is on it', giftCardBalanceSchema),
    ...problems(
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'unauthenticated',
      'forbidden',
      'not-found',
      'validation-failed',
      'rate-limited',
    ),
  },
});

export function giftCardBalance(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { code } = c.req.valid('json');
    const call = { requestId: c.get('requestId') };
    const found = await lookUp(giftCardPorts(c.env), call, { codes: [code], trier: trierOf(c) });
    if (!found.ok) throw tooManyTries(found.error.retryAfterMs);
    const card = found.value[0] ?? null;
    if (card === null)
      throw new Problem({ slug: 'not-found', detail: 'There is no gift card with this code: check it.' });
    const { balance, state, expiresAt } = card;
    c.header('cache-control', 'no-store');
    return c.json(
      {
        balance: state === 'active' ? balance : { ...balance, amount: 0 },
        isUsable: state === 'active' && balance.amount > 0,
        expiresAt: expiresAt === null ? null : rfc3339(expiresAt),
      },
      200,
    );
  });
}

/** Everybody on a laptop: nobody is told from another by it. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

/** By a header the gateway alone sets. The address goes no further than here. */
function trierOf(c: Context<AppEnv<Env>>): Trier {
  const address = c.req.header('x-client-ip');
  const isKnown = address !== undefined && !LOOPBACK.has(address);
  return {
    buyer: c.get('actor').userId,
    network: isKnown ? codesOf(c.env).networkName(networkOf(address)) : null,
  };
}

const tooManyTries = (retryAfterMs: number): Problem =>
  new Problem({
    slug: 'rate-limited',
    detail: 'Too many codes that are none were tried. Wait, then check the code.',
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) },
  });
