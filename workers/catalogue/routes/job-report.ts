import { createRoute, z } from '@hono/zod-openapi';
import type { CatalogueJobItem } from '#shared/contracts/http/catalogue-jobs.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { type Cell, csvResponse } from '#shared/http/csv.ts';
import { problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { itemView } from '../domain/job-view.ts';
import type { Env } from '../env.ts';
import { REPORT_PAGE_ITEMS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { ports } from './context.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/catalogue-jobs/{id}/report',
  operationId: 'downloadCatalogueJobReport',
  tags: ['Catalogue'],
  summary: 'What became of each product of a job, as a file',
  ...authorised('products.write'),
  request: {
    params: z.object({ id: idSchema('catalogueJob') }),
    query: z.strictObject({ format: z.enum(['csv', 'jsonl']).default('csv') }),
  },
  responses: {
    200: {
      description: 'One line a product, in the order of the file',
      content: { 'text/csv': { schema: z.string() }, 'application/x-ndjson': { schema: z.string() } },
    },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const COLUMNS = [
  'row',
  'handle',
  'product',
  'result',
  'version before',
  'version',
  'faults',
  'notes',
  'changes',
];

export function jobReportRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    if ((await ports(c).jobs.read(id)) === null) throw toProblem({ code: 'unknown_job' });
    const pages = pagesOf(ports(c), id);
    if (c.req.valid('query').format === 'csv') return csvResponse(`${id}.csv`, COLUMNS, cellsOf(pages));
    return new Response(linesOf(pages), {
      headers: {
        'content-type': 'application/x-ndjson',
        'content-disposition': `attachment; filename="${id}.jsonl"`,
        'cache-control': 'no-store',
      },
    });
  });
}

/** A page at a time: a report may have as many lines as the catalogue has products. */
async function* pagesOf({ jobs }: Pick<Ports, 'jobs'>, jobId: string): AsyncGenerator<CatalogueJobItem[]> {
  for (let after = 0; ;) {
    const page = await jobs.items({ jobId, result: null, after, limit: REPORT_PAGE_ITEMS });
    if (page.length === 0) return;
    yield page.map(itemView);
    after = page.at(-1)?.position ?? after;
  }
}

async function* cellsOf(pages: AsyncIterable<CatalogueJobItem[]>): AsyncGenerator<Cell[][]> {
  for await (const page of pages) yield page.map(cells);
}

const cells = (item: CatalogueJobItem): Cell[] => [
  item.row,
  item.handle,
  item.productId,
  item.result,
  item.versionBefore,
  item.version,
  sentences(item.faults),
  sentences(item.notes),
  item.changes.map(({ pointer }) => pointer).join(' '),
];

const sentences = (faults: CatalogueJobItem['faults']): string =>
  faults
    .map(({ row, column, detail }) => `row ${row}${column === null ? '' : `, ${column}`}: ${detail}`)
    .join('; ');

function linesOf(pages: AsyncGenerator<CatalogueJobItem[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const page = await pages.next();
      if (page.done === true) controller.close();
      else controller.enqueue(encoder.encode(page.value.map((item) => `${JSON.stringify(item)}\n`).join('')));
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}
