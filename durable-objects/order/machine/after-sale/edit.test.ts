import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { LINES_MAX } from '#shared/contracts/http/orders.ts';
import { lineOf, orderOf } from '../../testing/documents.ts';
import { claimsOf } from '../claims.ts';
import type { Bundle, Line, LineIds, OrderDocument, PromotionClaim } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import { heldUntil } from '../holds.ts';
import { transition } from '../transition.ts';
import {
  addedUnits,
  editedClaims,
  editedPromotions,
  editPlan,
  editRefusal,
  grownLine,
  type OrderChange,
  reducedSkus,
  removedUnits,
} from './edit.ts';

const HELD = lineOf(1, { quantity: 3, customisation: { engraving: 'A' } });
const FREE = lineOf(2, { quantity: 2, stockTracked: false });
/** Part of a bundle: two of it for each of the three bundles. */
const PART = lineOf(3, { bundleId: 'line_b', quantity: 6 });
const OTHER_PART = lineOf(4, { bundleId: 'line_b', quantity: 3, stockTracked: false });
const bundle: Bundle = {
  id: 'line_b',
  productId: 'prod_b',
  productVersion: 1,
  variantId: 'var_b',
  sku: 'set',
  title: 'Set',
  variantTitle: '',
  quantity: 3,
  price: plainLine(1_500, 3),
};
const idsOf = ({ id, instanceId, workflowId }: Line): LineIds => ({ lineId: id, instanceId, workflowId });
const BUNDLE_IDS: LineIds = { lineId: 'line_b', instanceId: 'ins_b', workflowId: 'w_b' };
const ADDRESS = { name: 'A', line1: 'B', city: 'C', postcode: 'D', country: 'DE' } as const;

/** Waits for its payment; everything is held. */
function waiting(lines: Line[], bundles: Bundle[] = []): OrderDocument {
  const order = orderOf(lines, {});
  return {
    ...order,
    state: 'awaiting_payment',
    ...(bundles.length === 0 ? {} : { bundles }),
    stock: claimsOf(order, lines).map((claim) => ({ ...claim, state: 'held' })),
    payment: { ...order.payment, status: 'open', authorised: 0, captured: 0 },
  };
}
const order = waiting([HELD, FREE]);
const withBundle: OrderDocument = {
  ...waiting([HELD, PART, OTHER_PART], [bundle]),
  lineIds: [idsOf(HELD), { ...BUNDLE_IDS, parts: [] }],
  request: {
    ...order.request,
    lines: [
      { variantId: HELD.variantId, quantity: 3, customisation: {} },
      { variantId: 'var_b', quantity: 3, customisation: { ribbon: 'red' } },
    ],
  },
};
const change = (lines: [string, number][], values: Partial<OrderChange> = {}): OrderChange => ({
  lines: lines.map(([lineId, quantity]) => ({ lineId, quantity })),
  shippingAddress: null,
  ...values,
});
const NEW: LineIds = { lineId: 'line_new', instanceId: 'ins_new', workflowId: 'w_new' };
const planned = (document: OrderDocument, ...lines: [string, number][]) =>
  editPlan(document, change(lines), () => NEW);

describe('the change of an order that waits for its payment', () => {
  it('is refused with the line it is about', () => {
    expect(
      editRefusal(
        order,
        change([
          [HELD.id, 1],
          ['line_x', 1],
          [HELD.id, 2],
        ]),
      ),
    ).toEqual({
      code: 'refused',
      refusals: [
        { pointer: '/lines/1/lineId', detail: 'is not a line of this order' },
        { pointer: '/lines/2/lineId', detail: 'is named twice' },
      ],
    });
    expect(editRefusal(withBundle, change([[PART.id, 1]]))).toEqual({
      code: 'refused',
      refusals: [
        {
          pointer: '/lines/0/lineId',
          detail: 'is a part of a bundle: name the bundle, which stays whole',
        },
      ],
    });
    expect(editRefusal(withBundle, change([['line_b', 1]]))).toBeNull();
    expect(
      editRefusal(
        order,
        change([
          [HELD.id, 9],
          [FREE.id, 1],
        ]),
      ),
    ).toBeNull();
  });

  it('leaves something to pay for: an order of nothing is cancelled instead', () => {
    expect(editRefusal(order, change([[HELD.id, 0]]))).toBeNull();
    expect(
      editRefusal(
        order,
        change([
          [HELD.id, 0],
          [FREE.id, 0],
        ]),
      ),
    ).toMatchObject({
      code: 'not_allowed',
      detail: 'This would leave nothing: cancel the order instead.',
    });
    expect(editRefusal(withBundle, change([['line_b', 0]]))).toBeNull();
  });

  it('is refused once somebody pays, of what replaces goods, and of what was quoted for one instance', () => {
    const wish = change([[HELD.id, 1]]);
    const refusal = (values: Partial<OrderDocument>): string => {
      const error = editRefusal({ ...order, ...values }, wish);
      return error?.code === 'not_allowed' ? error.detail : 'granted';
    };
    const paying = (status: OrderDocument['payment']['status']) => ({
      payment: { ...order.payment, status },
    });
    expect(refusal(paying('processing'))).toMatch(/under way: wait for it/);
    expect(refusal(paying('authorised'))).toMatch(/^Only an order that waits for its payment/);
    expect(refusal({ state: 'provisioning' })).toMatch(/^Only an order that waits for its payment/);
    expect(refusal({ exchangeOf: { orderId: 'ord_1', returnId: 'ret_1' } })).toMatch(/^It replaces goods/);
    const origin: NonNullable<OrderDocument['changeOf']> = {
      instanceId: 'ins_1',
      kind: 'renew',
      expects: { variantId: 'var_1', endsAt: null },
      days: null,
      taxMode: 'inclusive',
      covers: [],
    };
    expect(refusal({ changeOf: origin })).toMatch(/^It changes what you own/);
  });

  it('keeps every line’s name and what was asked of it, so that what is held for it stays held', () => {
    expect(planned(order)).toEqual({
      request: {
        ...order.request,
        lines: [
          { variantId: HELD.variantId, customisation: { engraving: 'A' }, quantity: 3 },
          { variantId: FREE.variantId, customisation: {}, quantity: 2 },
        ],
      },
      lineIds: [idsOf(HELD), idsOf(FREE)],
    });
    expect(planned(order, [HELD.id, 0])?.lineIds).toEqual([idsOf(FREE)]);
    expect(planned(order, [HELD.id, 1])?.request.lines[0]?.quantity).toBe(1);
  });

  it('asks for more of what is held as another line, because a hold that grows could take units twice', () => {
    const more = planned(order, [HELD.id, 5], [FREE.id, 9]);
    expect(more?.lineIds).toEqual([idsOf(HELD), NEW, idsOf(FREE)]);
    expect(more?.request.lines.map(({ quantity }) => quantity)).toEqual([3, 2, 9]);
    expect(more?.request.lines[1]?.customisation).toEqual({ engraving: 'A' });
  });

  it('changes a bundle as a whole: it keeps its name, what was asked of it and the names of its parts', () => {
    const part = (line: Line) => ({ ...idsOf(line), variantId: line.variantId });
    const more = planned(withBundle, ['line_b', 4]);
    expect(more?.lineIds).toEqual([
      idsOf(HELD),
      { ...BUNDLE_IDS, parts: [part(PART), part(OTHER_PART)] },
      NEW,
    ]);
    expect(more?.request.lines.slice(1)).toEqual([
      { variantId: 'var_b', customisation: { ribbon: 'red' }, quantity: 3 },
      { variantId: 'var_b', customisation: { ribbon: 'red' }, quantity: 1 },
    ]);
    const loose = {
      ...withBundle,
      lines: withBundle.lines.map((line) => ({ ...line, stockTracked: false })),
    };
    expect(planned(loose, ['line_b', 4])?.request.lines[1]?.quantity).toBe(4);
    const unknown = { ...withBundle, lineIds: [] };
    expect(planned(unknown)?.lineIds[1]).toMatchObject({ lineId: 'line_b', instanceId: '', workflowId: '' });
  });

  it('replaces the address when there is one, and leaves it otherwise', () => {
    expect(
      editPlan(order, change([], { shippingAddress: ADDRESS as never }), () => NEW)?.request,
    ).toMatchObject({
      shippingAddress: ADDRESS,
    });
    const before = { ...order, request: { ...order.request, shippingAddress: ADDRESS as never } };
    expect(planned(before)?.request.shippingAddress).toBe(ADDRESS);
  });

  it('is none when it would come to more lines than an order may have', () => {
    const many = waiting(Array.from({ length: LINES_MAX }, (_, index) => lineOf(index)));
    expect(planned(many)?.lineIds).toHaveLength(LINES_MAX);
    expect(planned(many, [lineOf(0).id, 2])).toBeNull();
  });
});

describe('the units of a changed order', () => {
  const sku = 'shared';
  const one = lineOf(1, { sku, quantity: 3 });
  const two = lineOf(2, { sku, quantity: 1 });
  const other = lineOf(3);
  const sharded = waiting([one, two, other]);
  const before: OrderDocument = {
    ...sharded,
    stock: sharded.stock.map((claim) =>
      claim.sku === sku
        ? { ...claim, object: 'shared\t2', returnedLines: [one.id, two.id], waiting: [two.id] }
        : claim,
    ),
  };
  const added = lineOf(4, { sku });
  const fresh = lineOf(5);

  it('that are new are held first, where the units of the same article are', () => {
    const claims = claimsOf(before, [one, added, fresh]);
    expect(addedUnits(before, claims)).toMatchObject([
      { sku, object: 'shared\t2', lines: [{ lineId: added.id, quantity: 1 }] },
      { sku: 'sku-5', object: 'sku-5', lines: [{ lineId: fresh.id, quantity: 1 }] },
    ]);
    expect(addedUnits(before, claimsOf(before, [one, other]))).toEqual([]);
  });

  it('that are not wanted any more go back to where they came from', () => {
    expect(removedUnits(before, claimsOf(before, [one]))).toEqual([
      { sku, object: 'shared\t2', lineIds: [two.id] },
      { sku: 'sku-3', object: 'sku-3', lineIds: [other.id] },
    ]);
    const old = structuredClone(before);
    for (const claim of old.stock) delete claim.object;
    expect(removedUnits(old, [])).toMatchObject([{ object: sku }, { object: 'sku-3' }]);
    expect(removedUnits(before, claimsOf(before, before.lines))).toEqual([]);
  });

  it('of a line that wants fewer are told to the stock once; one that wants as many is left alone', () => {
    expect(reducedSkus(before, claimsOf(before, [{ ...one, quantity: 2 }, two, other]))).toEqual([sku]);
    expect(reducedSkus(before, claimsOf(before, [one, two, { ...other, quantity: 1 }]))).toEqual([]);
    expect(reducedSkus(before, claimsOf(before, [one, added, fresh]))).toEqual([]);
  });

  it('stay as they are held, for the lines there are then', () => {
    const [first, second] = editedClaims(before, claimsOf(before, [one, added, fresh]));
    expect(first).toMatchObject({
      sku,
      object: 'shared\t2',
      state: 'held',
      lines: [
        { lineId: one.id, quantity: 3 },
        { lineId: added.id, quantity: 1 },
      ],
      returnedLines: [one.id],
      waiting: [],
    });
    expect(second).toMatchObject({ sku: 'sku-5', state: 'held', returnedLines: [], waiting: [] });
    const committed = {
      ...before,
      stock: before.stock.map((claim) => ({ ...claim, state: 'committed' as const })),
    };
    expect(editedClaims(committed, claimsOf(before, [two]))[0]).toMatchObject({
      state: 'committed',
      waiting: [two.id],
    });
  });

  it('are never more for a line than are held for it, because its hold would not grow', () => {
    expect(grownLine(before, [{ ...one, quantity: 4 }, two])?.id).toBe(one.id);
    expect(grownLine(before, [one, { ...two, quantity: 1 }])).toBeUndefined();
    expect(grownLine(before, [{ ...one, quantity: 4, stockTracked: false }])).toBeUndefined();
    expect(grownLine(before, [lineOf(9, { quantity: 99 })])).toBeUndefined();
  });
});

const applied = (promotionId: string) => ({
  promotionId,
  code: null,
  title: promotionId,
  amount: 1,
  limitTotal: 9,
  limitPerCustomer: null,
});
const use = (promotionId: string, values: Partial<PromotionClaim> = {}): PromotionClaim => ({
  promotionId,
  title: promotionId,
  code: null,
  limitTotal: 9,
  limitPerCustomer: null,
  state: 'claimed',
  refusal: null,
  ...values,
});
const priced = (lines: Line[], promotions: string[] = []) =>
  totalsOf(
    {
      currency: 'EUR',
      taxMode: 'inclusive',
      destination: { country: 'DE', region: null },
      promotions: promotions.map(applied),
    },
    lines.map(({ price }) => price),
    null,
  );

describe('the promotions of a changed order', () => {
  it('are the uses it has, and new ones under the name of the change', () => {
    const document = { ...order, pricing: priced(order.lines, ['kept', 'lost']), promotions: [use('kept')] };
    expect(editedPromotions(document, priced([], ['kept', 'new']), 'edit_1')).toEqual([
      use('kept'),
      use('new', { use: 'edit_1' }),
    ]);
  });

  it('counts a use anew that the order gave back, or that its price does not count', () => {
    const pricing = priced(order.lines, ['back']);
    const document = { ...order, pricing, promotions: [use('back', { state: 'returned' }), use('idle')] };
    expect(editedPromotions(document, priced([], ['back', 'idle']), 'edit_1')).toEqual([
      use('back', { use: 'edit_1' }),
      use('idle', { use: 'edit_1' }),
    ]);
    expect(editedPromotions({ ...document, pricing: null }, priced([], ['back']), 'edit_1')).toEqual([
      use('back', { use: 'edit_1' }),
    ]);
  });
});

describe('a change that is written down', () => {
  const lines = [{ ...HELD, quantity: 2, price: plainLine(500, 2) }];
  const document: OrderDocument = {
    ...order,
    version: 7,
    holdsUntil: 9_000,
    quote: { priced: { ...priced(order.lines), lines: [] }, expiresAt: 1 },
    pricing: priced(order.lines, ['kept', 'lost', 'gone']),
    promotions: [use('kept'), use('lost', { use: 'edit_0' }), use('gone', { state: 'returned' })],
    allowance: {
      items: [{ scope: 'p', limit: 5, days: null, quantity: 3, lineId: HELD.id }],
      state: 'claimed',
      reached: null,
    },
  };
  const event: OrderEvent = {
    type: 'order.edited',
    editId: 'edit_1',
    request: { ...order.request, lines: [] },
    lineIds: [idsOf(HELD)],
    lines,
    pricing: priced(lines, ['kept']),
    removed: [{ sku: 'sku-9', object: 'sku-9\t1', lineIds: ['line_9'] }],
    reduced: ['sku-1'],
    formerAllowance: 'placed',
    by: { kind: 'customer', id: 'usr_1' },
    why: 'Two are enough',
    at: 50,
  };
  const written = () => transition(document, event);

  it('is the order from then on: its lines, its price, what is asked of the customer, and no quote any more', () => {
    const edited = written();
    expect(edited.document).toMatchObject({
      state: 'awaiting_payment',
      version: 8,
      total: 1_000,
      quote: null,
      lineIds: [idsOf(HELD)],
      lines: [{ id: HELD.id, quantity: 2 }],
      payment: { amount: 1_000 },
      stock: [{ sku: 'sku-1', state: 'held', lines: [{ lineId: HELD.id, quantity: 2 }] }],
    });
    expect(edited.document.allowance).toBeUndefined();
    expect(edited.notes).toContainEqual({
      type: 'order.edited',
      text: 'Order changed: 10.00 EUR (Two are enough)',
      lineId: null,
    });
    const plain = transition(document, { ...event, why: '' });
    expect(plain.notes).toContainEqual({
      type: 'order.edited',
      text: 'Order changed: 10.00 EUR',
      lineId: null,
    });
  });

  it('remembers uses that it counts no more until they are back, so that none is lost', () => {
    expect(written().document.promotions).toEqual([use('kept'), use('lost', { use: 'edit_0' })]);
  });

  it('gives back what it needs no more, each once, and asks for another amount', () => {
    const asked = written().intents.filter(
      ({ effect }) => !['publish', 'mail', 'project'].includes(effect.step),
    );
    expect(asked).toEqual([
      {
        key: 'stock.return:sku-9:of:7',
        lane: 'stock:sku-9',
        effect: { step: 'stock.return', sku: 'sku-9', object: 'sku-9\t1', lineIds: ['line_9'] },
      },
      {
        key: 'stock.hold:sku-1:less:7',
        lane: 'stock:sku-1',
        effect: { step: 'stock.hold', sku: 'sku-1', expiresAt: heldUntil(document) },
      },
      {
        key: 'promotion.return:lost:of:7',
        lane: 'promotion:lost',
        effect: { step: 'promotion.return', promotionId: 'lost', use: 'edit_0' },
      },
      {
        key: 'allowance.return:placed:of:7',
        lane: 'allowance',
        effect: { step: 'allowance.return', use: 'placed' },
      },
      { key: 'payment.change:of:7', lane: 'payment', effect: { step: 'payment.change', attempt: 1 } },
    ]);
  });

  it('claims what more is allowed of under its own name', () => {
    const more = lineOf(1, { quantity: 4, customerLimits: [{ scope: 'p', quantity: 5, days: null }] });
    const grown = transition(document, { ...event, lines: [more], pricing: priced([more]) });
    expect(grown.document.allowance).toMatchObject({
      use: 'edit_1',
      state: 'claimed',
      items: [{ quantity: 4, limit: 5 }],
    });
  });
});
