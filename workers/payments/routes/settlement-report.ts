import { createRoute } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { type Cell, csv, csvResponse } from '#shared/http/csv.ts';
import { periodSchema } from '#shared/http/period.ts';
import { problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { settlement } from '../ports.ts';
import type { SettlementRow } from '../usecases/settlement.ts';

/** Column → value. Amounts are integer minor units of `settlement_currency`; docs/ledger.md says what each column means. */
const COLUMNS = {
  occurred_at: (row) => row.occurred_at,
  available_at: (row) => row.available_at,
  balance_transaction: (row) => row.transaction_id,
  category: (row) => row.category,
  source: (row) => row.source,
  payment: (row) => row.payment_id,
  order: (row) => row.order_id,
  payment_currency: (row) => row.payment_currency,
  exchange_rate: (row) => row.exchange_rate,
  settlement_currency: (row) => row.currency,
  gross: (row) => row.amount,
  fee: (row) => row.fee,
  net: (row) => row.net,
  provider: (row) => row.provider,
} as const satisfies Record<string, (row: SettlementRow) => Cell>;

const route = createRoute({
  method: 'get',
  path: '/v1/reports/settlement.csv',
  operationId: 'reportSettlement',
  tags: ['Reports'],
  summary: 'Every movement of the balance at the payment provider in a period, as CSV (RFC 4180)',
  description: '`from` inclusive, `to` exclusive, at most 366 days apart.',
  ...authorised('ledger.read'),
  request: { query: periodSchema },
  responses: {
    200: csv('The report, oldest movement first'),
    ...problems('unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function settlementReport(app: App<Env>): void {
  app.openapi(route, (c) => {
    const { from, to } = c.req.valid('query');
    const period = { from: Date.parse(from), to: Date.parse(to) };
    return csvResponse('settlement.csv', Object.keys(COLUMNS), records(settlement(c.env, period)));
  });
}

async function* records(pages: AsyncIterable<SettlementRow[]>): AsyncGenerator<Cell[][]> {
  for await (const page of pages) yield page.map((row) => Object.values(COLUMNS).map((cell) => cell(row)));
}
