import type { AllowanceInput } from '../../buyer/face.ts';
import { PLACED_USE } from '../../buyer/face.ts';
import { positionIndexOf } from './bundles.ts';
import type { Allowance, Bundle, Line, OrderDocument } from './document.ts';
import type { OrderEvent } from './events.ts';
import type { EffectStep, Intent } from './intents.ts';
import { intent, intentAs } from './keys.ts';
import { isAnyKept } from './lines.ts';

/*
 * What products allow one customer to buy in a period is claimed at the customer's own object while the order is placed,
 * all or nothing, and given back when nothing of the order stays with him. What replaces returned goods claims nothing.
 */

/** What these lines want of it; undefined: nothing is limited. */
export function allowanceOf(
  { exchangeOf }: Pick<OrderDocument, 'exchangeOf'>,
  lines: readonly Line[],
  bundles: readonly Bundle[] = [],
): Allowance | undefined {
  const items = new Map<string, Allowance['items'][number]>();
  for (const { id: lineId, quantity, customerLimits = [] } of exchangeOf === null
    ? [...lines, ...bundles]
    : []) {
    for (const { scope, quantity: limit, days } of customerLimits) {
      const known = items.get(scope);
      if (known === undefined) items.set(scope, { scope, limit, days, quantity, lineId });
      else Object.assign(known, { quantity: known.quantity + quantity, lineId });
    }
  }
  return items.size === 0 ? undefined : { items: [...items.values()], state: 'wanted', reached: null };
}

/** The allowance of a changed order: as it is when it still fits, or another, claimed by the change. */
export function editedAllowance(
  document: Pick<OrderDocument, 'exchangeOf' | 'allowance' | 'lines' | 'bundles'>,
  { lines, bundles }: Pick<OrderDocument, 'lines' | 'bundles'>,
  editId: string,
): Allowance | undefined {
  const wanted = claimedAnew(document, allowanceOf(document, lines, bundles));
  const { allowance } = document;
  const isSame = wanted !== undefined && unitsOf(wanted) === unitsOf(allowance);
  if (wanted === undefined || isSame) return isSame ? allowance : undefined;
  return { ...wanted, use: editId, state: 'claimed' };
}

/** What was limited only since the order was placed counts when the change wants more of it. */
function claimedAnew(
  { allowance, lines, bundles = [] }: Pick<OrderDocument, 'allowance' | 'lines' | 'bundles'>,
  wanted: Allowance | undefined,
): Allowance | undefined {
  const before = (scope: string): number =>
    [...lines, ...bundles]
      .filter(({ productId, variantId }) => productId === scope || variantId === scope)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  const items = wanted?.items.filter(
    ({ scope, quantity }) =>
      quantity > before(scope) || allowance?.items.some((known) => known.scope === scope) === true,
  );
  return wanted === undefined || items === undefined || items.length === 0 ? undefined : { ...wanted, items };
}

const unitsOf = (allowance: Allowance | undefined): string =>
  JSON.stringify(allowance?.items.map(({ scope, quantity }) => [scope, quantity]));

export const useOfAllowance = ({ use = PLACED_USE }: Pick<Allowance, 'use'>): string => use;

/** What the customer's object is asked for. */
export const allowanceInput = (orderId: string, allowance: Allowance): AllowanceInput => ({
  orderId,
  use: useOfAllowance(allowance),
  items: allowance.items.map(({ scope, limit, days, quantity }) => ({
    scope,
    limit,
    days,
    quantity,
  })),
});

export const claimAllowance = (draft: OrderDocument): Intent[] =>
  draft.allowance?.state === 'wanted'
    ? [
        intent(draft, 'allowance.claim', 'allowance', {
          step: 'allowance.claim',
          use: useOfAllowance(draft.allowance),
        }),
      ]
    : [];

/** As the uses of promotions: nothing goes back while something of the order stays with the customer. */
export const returnAllowance = (draft: OrderDocument): Intent[] =>
  draft.allowance === undefined || draft.allowance.state === 'returned' || isAnyKept(draft)
    ? []
    : [returning(draft, useOfAllowance(draft.allowance))];

const returning = (draft: OrderDocument, use: string): Intent =>
  intent(draft, `allowance.return:${use}`, 'allowance', { step: 'allowance.return', use });

/** What a change of the order has taken the place of. */
export const dropAllowance = (draft: OrderDocument, former: string | undefined): Intent[] =>
  former === undefined
    ? []
    : [
        intentAs(`allowance.return:${former}:of:${draft.version}`, 'allowance', {
          step: 'allowance.return',
          use: former,
        }),
      ];

/** A use the order no longer has goes back whatever becomes of the order. */
export const isAllowanceDropped = (
  { allowance }: OrderDocument,
  { use }: Extract<EffectStep, { step: 'allowance.return' }>,
): boolean => allowance === undefined || useOfAllowance(allowance) !== use;

export function moveAllowance(
  { allowance }: OrderDocument,
  event: Extract<OrderEvent, { type: 'allowance.claimed' | 'allowance.refused' | 'allowance.returned' }>,
): void {
  if (allowance === undefined || useOfAllowance(allowance) !== event.use) return;
  if (event.type === 'allowance.returned') allowance.state = 'returned';
  else if (allowance.state !== 'wanted') return;
  else if (event.type === 'allowance.claimed') allowance.state = 'claimed';
  else Object.assign(allowance, { state: 'refused', reached: event.reached });
}

export interface Reached {
  /** Of the order as it was asked for. */
  lineIndex: number;
  title: string;
  left: number;
  limit: number;
  days: number | null;
}

/** Which line asks for more than the customer may buy; null: none does. */
export function allowanceReached({ allowance, lines, bundles = [], lineIds }: OrderDocument): Reached | null {
  const item = allowance?.items.find(({ scope }) => scope === allowance.reached?.scope);
  if (item === undefined) return null;
  const line = [...lines, ...bundles].find(({ id }) => id === item.lineId);
  const lineIndex = positionIndexOf({ lineIds }, item.lineId);
  const { limit, days } = item;
  return { lineIndex, title: line?.title ?? 'one article', left: allowance?.reached?.left ?? 0, limit, days };
}
