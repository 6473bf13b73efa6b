import { expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { delivered, lineOf, orderOf } from '../../testing/documents.ts';
import type { OrderDocument } from '../document.ts';
import { isFullOfRefunds, REFUND_RECORDS_MAX } from '../money.ts';
import { transition } from '../transition.ts';
import { publicOrder } from '../view.ts';
import { checkAfterSale } from './check.ts';
import type { AfterSaleCommand } from './events.ts';

/** A row of an object's storage takes 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/). */
const ROW_BYTES_MAX = 2_000_000;
const by = { kind: 'operator' as const, id: `usr_${'9'.repeat(32)}` };
const hexId = (prefix: string, index: number): string => `${prefix}_${index.toString(16).padStart(32, '0')}`;
/** Takes six bytes a letter as JSON, as the longest letters do. */
const words = (count: number): string => '\u0001'.repeat(count);
const bytesOf = (document: OrderDocument): number =>
  new TextEncoder().encode(JSON.stringify(document)).length;

/** The largest order a request can ask for: every line differs, and the customisations fill its body. */
function largest(): OrderDocument {
  const lines = Array.from({ length: 50 }, (_, index) =>
    delivered(
      lineOf(index, {
        quantity: 1_000,
        title: 'T'.repeat(200),
        detail: 'D'.repeat(1_000),
        price: {
          ...plainLine(1_000, 1_000),
          taxes: Array.from({ length: 5 }, () => ({ name: 'VAT', ratePpm: 1, amount: 1, included: true })),
        },
        customisation: { engraving: words(200) },
      }),
    ),
  );
  return orderOf(lines, { shipping: 500 });
}

/** Asks until it is refused; the order then, how often it was granted and why no more. */
function askUntilRefused(start: OrderDocument, command: (index: number) => AfterSaleCommand) {
  let document = start;
  for (let index = 0; ; index += 1) {
    const event = { ...command(index), at: 1 };
    const error = checkAfterSale(document, event);
    if (error !== null) return { document, granted: index, error };
    document = transition(document, event).document;
  }
}

const note = (index: number): AfterSaleCommand => ({
  type: 'note.added',
  noteId: hexId('note', index),
  by,
  text: words(300),
  visible: true,
});
const refund = (index: number): AfterSaleCommand => ({
  type: 'refund.requested',
  refundId: hexId('rfd', index),
  wish: { of: 'amount', amount: 5_000, shipping: true },
  revoke: [],
  restock: [],
  by,
  why: words(170),
});
const sendBack =
  (document: OrderDocument) =>
  (index: number): AfterSaleCommand => ({
    type: 'return.requested',
    returnId: hexId('ret', index),
    wish: 'exchange',
    lines: document.lines.map(({ id }) => ({ lineId: id, quantity: 1, reason: words(25) })),
    by,
    why: words(170),
  });

it('an order that everything is done to that can be still fits into its row, and each limit says so', () => {
  const notes = askUntilRefused(largest(), note);
  expect(notes).toMatchObject({
    error: { code: 'not_allowed', detail: expect.stringMatching(/^An order has at most/) as string },
  });
  const refunds = askUntilRefused(notes.document, refund);
  expect(refunds).toMatchObject({
    granted: 40,
    error: { code: 'not_allowed', detail: 'An order has at most 40 refunds.' },
  });

  let document = refunds.document;
  for (let round = 0; round < 2; round += 1) {
    const opened = askUntilRefused(document, (index) => sendBack(document)(index + round * 100));
    expect(opened).toMatchObject({ granted: 10, error: { code: 'not_allowed' } });
    document = opened.document;
    for (const { id } of document.returns.filter(({ state }) => state === 'requested')) {
      for (const type of ['return.approved', 'return.rejected'] as const) {
        document = transition(document, { type, returnId: id, by, why: words(170), at: 1 }).document;
      }
    }
  }
  const last = checkAfterSale(document, { ...sendBack(document)(999), at: 1 });
  expect(last).toMatchObject({ code: 'not_allowed', detail: 'An order has at most 20 returns.' });
  const offered = publicOrder(document, { as: 'operator' }, 1)?.nextActions;
  expect(offered, 'neither a return nor a refund').not.toEqual(expect.arrayContaining(['return']));
  expect(offered).not.toContain('refund');

  // The bank sends every refund back, and the team asks for it again and again.
  for (let round = 0; round < 50 && !isFullOfRefunds(document); round += 1) {
    const failed = document.refunds.map((one) => ({ ...one, state: 'failed' as const, settledAt: 1 }));
    document = { ...document, state: 'needs_operator', resume: 'completed', refunds: failed };
    document = transition(document, { type: 'operator.retried', actorId: by.id, at: 1 }).document;
  }
  expect(document.refunds).toHaveLength(REFUND_RECORDS_MAX);
  expect(bytesOf(document)).toBeLessThan(ROW_BYTES_MAX);
}, 60_000);
