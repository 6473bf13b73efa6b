import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { paymentIdSchema } from '#shared/contracts/payments.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ACCOUNTS, balancesOf, TRANSACTION_KINDS, type Account } from '../ledger/accounts.ts';
import { ledgerPorts } from '../ports.ts';
import type { PaymentLedger } from '../usecases/ledger/ports.ts';

const querySchema = pageQuerySchema.extend({
  orderId: idSchema('order').optional(),
  paymentId: paymentIdSchema.optional(),
});
const positionSchema = z.strictObject({ paymentId: paymentIdSchema });

const amountSchema = z.strictObject({
  account: z.enum(Object.keys(ACCOUNTS) as [Account, ...Account[]]),
  /** ISO 4217; the settlement currency may be one nothing is sold in. */
  currency: z.string(),
  /** Minor units; debit positive, credit negative. */
  amount: z.int(),
});
const ledgerSchema = z
  .strictObject({
    paymentId: z.string(),
    provider: z.string(),
    orderId: z.string().nullable(),
    /** The customer's currency: that of `figures` and `unsettled`. */
    currency: z.string(),
    openedAt: z.iso.datetime(),
    /** When the provider was last asked. */
    observedAt: z.iso.datetime(),
    /** What the provider has on record, in minor units. */
    figures: z.strictObject({
      authorised: z.int(),
      captured: z.int(),
      voided: z.int(),
      open: z.int(),
      refunded: z.int(),
      disputed: z.int(),
      chargedBack: z.int(),
    }),
    check: z.strictObject({
      /** balanced: everything agrees; unsettled: money is on its way; breached: an operator must look. */
      state: z.enum(['balanced', 'unsettled', 'breached']),
      unsettled: z.int(),
      breaches: z.array(z.strictObject({ code: z.string(), detail: z.string() })),
    }),
    balances: z.array(amountSchema),
    transactions: z.array(
      z.strictObject({
        key: z.string(),
        kind: z.enum(TRANSACTION_KINDS),
        source: z.string(),
        at: z.iso.datetime(),
        entries: z.array(amountSchema),
      }),
    ),
  })
  .meta({ id: 'PaymentLedger', description: 'The ledger of one payment; see docs/ledger.md' });

const route = createRoute({
  method: 'get',
  path: '/v1/ledger',
  operationId: 'readLedger',
  tags: ['Payments'],
  summary: 'Double entries, balances and check of the payments of an order, or of one payment',
  ...authorised('ledger.read'),
  request: { query: querySchema },
  responses: {
    200: json(
      'A page of payments',
      z
        .strictObject({ items: z.array(ledgerSchema), next: z.string().nullable() })
        .meta({ id: 'LedgerPage' }),
    ),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function readLedger(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { orderId, paymentId, limit, cursor } = c.req.valid('query');
    if (orderId === undefined && paymentId === undefined) {
      const detail = 'Send `orderId` or `paymentId`.';
      throw new Problem({
        slug: 'validation-failed',
        detail,
        errors: [{ in: 'query', pointer: 'orderId', detail }],
      });
    }
    const found = await ledgerPorts(c.env).ledger.list({
      orderId: orderId ?? null,
      paymentId: paymentId ?? null,
      after: cursor === undefined ? null : decodeCursor(positionSchema, cursor).paymentId,
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next =
      last !== undefined && found.length > limit ? encodeCursor({ paymentId: last.paymentId }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map(shown), next }, 200);
  });
}

function shown({
  unsettled,
  breaches,
  transactions,
  ...ledger
}: PaymentLedger): z.infer<typeof ledgerSchema> {
  const balances = Object.entries(balancesOf(transactions)).flatMap(([account, byCurrency]) =>
    Object.entries(byCurrency).map(([currency, amount]) => ({
      account: account as Account,
      currency,
      amount,
    })),
  );
  const state = breaches.length > 0 ? 'breached' : unsettled === 0 ? 'balanced' : 'unsettled';
  return {
    ...ledger,
    check: { state, unsettled, breaches },
    balances,
    transactions: transactions.map((each) => ({ ...each, at: rfc3339(each.at) })),
  };
}
