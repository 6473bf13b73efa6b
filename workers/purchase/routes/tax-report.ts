import { createRoute } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { type Cell, csv, csvResponse } from '#shared/http/csv.ts';
import { periodSchema } from '#shared/http/period.ts';
import { problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports, type TaxReportRow } from '../ports.ts';

/** Parts per million in one per cent. */
const PPM_PER_CENT = 10_000;

/** Column → value. Amounts are integer minor units of `currency`; docs/ledger.md says what each column means. */
const COLUMNS = {
  occurred_at: (row) => row.occurredAt,
  kind: (row) => row.kind,
  order: (row) => row.orderId,
  order_number: (row) => row.orderNumber,
  line: (row) => row.lineId,
  sku: (row) => row.sku,
  refund: (row) => row.reference,
  country: (row) => row.country,
  region: (row) => row.region,
  tax_name: (row) => row.name,
  tax_rate_percent: (row) => row.ratePpm / PPM_PER_CENT,
  tax_index: (row) => row.taxIndex,
  tax_included: (row) => (row.included ? 'yes' : 'no'),
  currency: (row) => row.currency,
  net: (row) => row.net,
  tax: (row) => row.tax,
} as const satisfies Record<string, (row: TaxReportRow) => Cell>;

const route = createRoute({
  method: 'get',
  path: '/v1/reports/tax.csv',
  operationId: 'reportTax',
  tags: ['Reports'],
  summary: 'Every tax on what was handed over or given back in a period, as CSV (RFC 4180)',
  description:
    '`from` inclusive, `to` exclusive, at most 366 days apart. What was refunded in the payment provider’s dashboard or lost in a dispute is shared among what the customer keeps.',
  ...authorised('ledger.read'),
  request: { query: periodSchema },
  responses: {
    200: csv('The report, oldest first'),
    ...problems('unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function taxReportRoute(app: App<Env>): void {
  app.openapi(route, (c) => {
    const { from, to } = c.req.valid('query');
    const pages = ports(c.env).taxLines({ from: Date.parse(from), to: Date.parse(to) });
    return csvResponse('tax.csv', Object.keys(COLUMNS), records(pages));
  });
}

async function* records(pages: AsyncIterable<TaxReportRow[]>): AsyncGenerator<Cell[][]> {
  for await (const page of pages) yield page.map((row) => Object.values(COLUMNS).map((cell) => cell(row)));
}
