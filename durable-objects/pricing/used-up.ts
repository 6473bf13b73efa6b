import type { CallContext } from '#shared/contracts/call.ts';
import type { PriceInput } from '#shared/domain/pricing/price.ts';
import type { AppliedPromotion, NotCounted } from '#shared/domain/pricing/priced.ts';
import { log } from '#shared/observability/log.ts';
import type { Chance } from '../lib/host.ts';
import { callObject, type ObjectNamespace } from '../lib/namespace.ts';
import type { PromotionFace, UsedUp } from '../promotion/face.ts';
import type { PriceRequest } from './face.ts';

const WHY = {
  used_up: 'has no use left',
  used_up_by_customer: 'was used as often as it may be by one customer',
} as const satisfies Record<UsedUp['reason'], string>;

export interface PromotionPorts {
  /** Know which uses are left. */
  promotions: ObjectNamespace<PromotionFace>;
  chance: Chance;
}

/**
 * Prices without automatic promotions that have no use left: nobody asked for them, so they are passed over instead of
 * standing against the order. `price` is repeated until all that count have a use left; each round leaves one out at least.
 * Codes are not looked at here: whoever named one is told by the claim that it is used up.
 */
export async function priceWithoutUsedUp<Value>(
  { call, request, input }: { call: CallContext; request: PriceRequest; input: PriceInput },
  { promotions, chance }: PromotionPorts,
  price: (input: PriceInput) => { value: Value; promotions: readonly AppliedPromotion[] },
): Promise<Value> {
  const known = new Set(request.claimed);
  for (let present = input; ;) {
    const { value, promotions: applied } = price(present);
    const open = applied.filter((one) => isCounted(one) && !known.has(one.promotionId));
    for (const { promotionId } of open) known.add(promotionId);
    const answers = await Promise.all(
      open.map((one) => standing({ promotions, chance }, call, request, one)),
    );
    const usedUp = answers.filter((one) => one !== null);
    if (usedUp.length === 0) return value;
    const gone = new Set(usedUp.map(({ promotionId }) => promotionId));
    present = {
      ...present,
      offers: present.offers.filter(({ id }) => !gone.has(id)),
      usedUp: [...(present.usedUp ?? []), ...usedUp],
    };
  }
}

const isCounted = ({ code, limitTotal, limitPerCustomer }: AppliedPromotion): boolean =>
  code === null && (limitTotal !== null || limitPerCustomer !== null);

/** Null: it has a use left, or does not answer; then the order's claim decides. */
async function standing(
  { promotions, chance }: PromotionPorts,
  call: CallContext,
  { customerId, passedOver = [] }: PriceRequest,
  { promotionId, title, limitTotal, limitPerCustomer }: AppliedPromotion,
): Promise<NotCounted | null> {
  if (passedOver.includes(promotionId)) return { promotionId, code: null, title, detail: WHY.used_up };
  const asked = { promotionId, customerId, limitTotal, limitPerCustomer };
  try {
    const ask = (promotion: PromotionFace) => promotion.hasRoom(call, asked);
    const room = await callObject(promotions, promotionId, ask, chance);
    return room.ok ? null : { promotionId, code: null, title, detail: WHY[room.error.reason] };
  } catch (error) {
    log.warn('promotion does not answer', { ...call, promotionId, error });
    return null;
  }
}
