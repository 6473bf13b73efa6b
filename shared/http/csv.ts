import { z } from 'zod';

export type Cell = string | number | null;

/**
 * A spreadsheet takes text that begins so for a formula, with signs of full width where people write them (OWASP, CSV
 * injection); a quote before it makes it text.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** Text that no spreadsheet takes for a formula. */
export const guardedText = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = guardedText(cell);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record (RFC 4180 §2), its line end included. */
export const csvRecord = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`;

/**
 * A CSV answer that is made while it is read: never more than a page is held. A page that fails breaks the answer off, so
 * that nobody takes a part for the whole.
 */
export function csvResponse(
  fileName: string,
  columns: readonly string[],
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
): Response {
  const encoder = new TextEncoder();
  const iterator = pages[Symbol.asyncIterator]();
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (isFirst) {
        isFirst = false;
        controller.enqueue(encoder.encode(csvRecord(columns)));
        return;
      }
      const page = await iterator.next();
      if (page.done === true) controller.close();
      else controller.enqueue(encoder.encode(page.value.map(csvRecord).join('')));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileName}"`,
      'cache-control': 'no-store',
    },
  });
}

/** For `createRoute`'s `responses`. */
export const csv = (description: string) => ({
  description,
  content: { 'text/csv': { schema: z.string() } },
});
