import { createRoute, z } from '@hono/zod-openapi';
import type { ListedCard } from '#objects/gift-card/directory.ts';
import type { CardRefusal } from '#objects/gift-card/face.ts';
import { GIFT_CARD_STATES, type GiftCardView } from '#shared/contracts/gift-cards.ts';
import {
  adjustGiftCardSchema,
  giftCardPageSchema,
  giftCardReasonSchema,
  giftCardSchema,
  giftCardSummarySchema,
  issuedGiftCardSchema,
  newGiftCardSchema,
} from '#shared/contracts/http/gift-cards.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { assertNever, type Result } from '#shared/domain/result.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { idempotencyKey, keyReused } from '#shared/http/idempotency-key.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { giftCardPorts } from '../ports.ts';
import { activateCards, issueCards } from '../usecases/gift-cards/issue.ts';

const byId = z.object({ id: idSchema('giftCard') });
const keyed = z.object({ 'idempotency-key': idempotencyKey('Same key and body: the same answer, for ever') });
const positionSchema = z.strictObject({ createdAt: z.int(), id: z.string() });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/gift-cards',
  operationId: 'listGiftCards',
  tags: ['Gift cards'],
  summary: 'Gift cards, newest first, without their codes',
  ...authorised('gift_cards.read'),
  request: {
    query: pageQuerySchema.extend({
      state: z.enum(GIFT_CARD_STATES).optional(),
      orderId: idSchema('order').optional(),
      ending: z
        .string()
        .regex(/^[0-9A-Z]{4}$/, 'must be the last four symbols of a code')
        .optional(),
    }),
  },
  responses: {
    200: json('A page of gift cards', giftCardPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

const readRoute = createRoute({
  method: 'get',
  path: '/v1/gift-cards/{id}',
  operationId: 'readGiftCard',
  tags: ['Gift cards'],
  summary: 'A gift card and everything that happened to its money',
  ...authorised('gift_cards.read'),
  request: { params: byId },
  responses: {
    200: json('The card', giftCardSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const WRITE = [
  'malformed-request',
  'body-too-large',
  'unsupported-media-type',
  'unauthenticated',
  'forbidden',
  'validation-failed',
  'idempotency-key-reused',
] as const;

const issueRoute = createRoute({
  method: 'post',
  path: '/v1/gift-cards',
  operationId: 'issueGiftCard',
  tags: ['Gift cards'],
  summary: 'Issue a gift card by hand',
  description:
    'It can be spent at once. The answer holds its code; no other answer does, and a repeat under the same key holds the same.',
  ...authorised('gift_cards.write'),
  request: {
    headers: keyed,
    body: { required: true, content: { 'application/json': { schema: newGiftCardSchema } } },
  },
  responses: {
    201: json('The card and its code', issuedGiftCardSchema),
    ...problems(...WRITE),
  },
});

const CHANGED = {
  200: json('The card as it is now', giftCardSummarySchema),
  ...problems('not-found', 'conflict', ...WRITE),
} as const;

const adjustRoute = createRoute({
  method: 'post',
  path: '/v1/gift-cards/{id}/adjust',
  operationId: 'adjustGiftCard',
  tags: ['Gift cards'],
  summary: 'Add to a gift card, or take away from what can be spent of it',
  ...authorised('gift_cards.write'),
  request: {
    params: byId,
    headers: keyed,
    body: { required: true, content: { 'application/json': { schema: adjustGiftCardSchema } } },
  },
  responses: CHANGED,
});

const disableRoute = (verb: 'disable' | 'enable', summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/gift-cards/{id}/${verb}`,
    operationId: `${verb}GiftCard`,
    tags: ['Gift cards'],
    summary,
    ...authorised('gift_cards.write'),
    request: {
      params: byId,
      headers: keyed,
      body: { required: true, content: { 'application/json': { schema: giftCardReasonSchema } } },
    },
    responses: CHANGED,
  });

/** What staff see and do of gift cards. */
export function giftCards(app: App<Env>): void {
  app.openapi(listRoute, async (c) => {
    const { state = null, orderId = null, ending = null, limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(positionSchema, cursor);
    const { directory } = giftCardPorts(c.env);
    const found = await directory.list({ state, orderId, ending, after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next =
      last !== undefined && found.length > limit
        ? encodeCursor({ createdAt: last.createdAt, id: last.id })
        : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: items.map(summaryOf), next }, 200);
  });

  app.openapi(readRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { directory, card } = giftCardPorts(c.env);
    const call = { requestId: c.get('requestId') };
    const [listed, view, entries] = await Promise.all([
      directory.get(id),
      card(id, (object) => object.look(call)),
      directory.entries(id),
    ]);
    if (listed === null || view === null) throw noCard();
    const { currency } = listed;
    return c.json(
      {
        ...presentOf(listed, view),
        entries: entries.map(({ amount, at, ...entry }) => ({
          ...entry,
          amount: { amount, currency },
          at: rfc3339(at),
        })),
      },
      200,
    );
  });

  app.openapi(issueRoute, async (c) => {
    const { value, validDays, recipientEmail, reason } = c.req.valid('json');
    const { userId: by } = c.get('actor');
    const call = { requestId: c.get('requestId') };
    const made = giftCardPorts(c.env);
    const key = `by-hand/${sha256(`${by}/${c.req.valid('header')['idempotency-key']}`)}`;
    const recipient =
      recipientEmail === null
        ? null
        : { email: recipientEmail, name: null, from: null, message: null, sendAt: null };
    const wish = {
      key,
      quantity: 1,
      value,
      validDays,
      orderId: null,
      customerId: null,
      recipient,
      byHand: { by, reason },
    };
    const issued = await issueCards(made, call, wish);
    const [card] = issued.ok ? issued.value.cards : [];
    if (card === undefined) throw keyReused();
    await activateCards(made, call, key);
    c.header('cache-control', 'no-store');
    return c.json({ id: card.cardId, code: card.code }, 201);
  });

  app.openapi(adjustRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { change, reason } = c.req.valid('json');
    const word = { ...wordOf(c.get('actor').userId, c.req.valid('header'), id), reason, change };
    const call = { requestId: c.get('requestId') };
    const { directory, card } = giftCardPorts(c.env);
    const changed = await card(id, (object) => object.adjust(call, word));
    return c.json(await changedCard(directory, id, changed), 200);
  });

  for (const [route, disabled] of [
    [disableRoute('disable', 'Let a gift card be spent no more, until it is enabled'), true],
    [disableRoute('enable', 'Let a gift card be spent again'), false],
  ] as const)
    app.openapi(route, async (c) => {
      const { id } = c.req.valid('param');
      const { reason } = c.req.valid('json');
      const word = { ...wordOf(c.get('actor').userId, c.req.valid('header'), id), reason, disabled };
      const call = { requestId: c.get('requestId') };
      const { directory, card } = giftCardPorts(c.env);
      const changed = await card(id, (object) => object.disable(call, word));
      return c.json(await changedCard(directory, id, changed), 200);
    });
}

const wordOf = (userId: string, headers: { 'idempotency-key': string }, cardId: string) => ({
  cardId,
  key: `${userId}/${headers['idempotency-key']}`,
  byId: userId,
});

async function changedCard(
  directory: { get(id: string): Promise<ListedCard | null> },
  id: string,
  changed: Result<GiftCardView, CardRefusal>,
): Promise<z.infer<typeof giftCardSummarySchema>> {
  if (!changed.ok) throw refusalProblem(changed.error);
  const listed = await directory.get(id);
  if (listed === null) throw noCard();
  return presentOf(listed, changed.value);
}

function refusalProblem(refusal: CardRefusal): Problem {
  switch (refusal) {
    case 'unknown':
      return noCard();
    case 'key_reused':
      return keyReused();
    case 'too_much':
      return new Problem({
        slug: 'conflict',
        detail: 'The card has not that much to spend, or would be worth more than a card can be.',
      });
    default:
      return assertNever(refusal);
  }
}

const noCard = (): Problem => new Problem({ slug: 'not-found', detail: 'No such gift card.' });

/** As lists know it, which may be behind by moments. */
function summaryOf(card: ListedCard): z.infer<typeof giftCardSummarySchema> {
  const { id, ending, state, currency, value, balance, held, orderId, byId: issuedBy, reason } = card;
  return {
    id,
    ending,
    state,
    value: { amount: value, currency },
    balance: { amount: balance, currency },
    held: { amount: held, currency },
    orderId,
    issuedBy,
    reason,
    expiresAt: card.expiresAt === null ? null : rfc3339(card.expiresAt),
    createdAt: rfc3339(card.createdAt),
  };
}

/** As its object knows it. */
const presentOf = (listed: ListedCard, { state, balance, held, expiresAt }: GiftCardView) =>
  summaryOf({ ...listed, state, balance: balance.amount, held, expiresAt });
