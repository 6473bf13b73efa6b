import { CART_LIMITS, type ChangeCart } from '#shared/contracts/http/carts.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { type CartDocument, type CartRefusal, changed, type Settings } from './document.ts';
import { whileOpen } from './lines.ts';

/** Each setting by itself: two that change different ones do not get in each other's way. */
export function changeSettings(
  cart: CartDocument,
  { ifVersion, values }: { ifVersion: number | null; values: ChangeCart },
  at: number,
): Result<CartDocument, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  if (ifVersion !== null && ifVersion !== cart.version) return fail({ code: 'changed' });
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const settings: Settings = { ...cart.settings, ...(Object.fromEntries(given) as Partial<Settings>) };
  // Prices of another currency are no change of price.
  const lines =
    settings.currency === cart.settings.currency
      ? cart.lines
      : cart.lines.map((line) => ({ ...line, seen: null }));
  return ok(changed(cart, { settings, lines }, at));
}

export function addCode(cart: CartDocument, code: string, at: number): Result<CartDocument, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  if (cart.codes.includes(code)) return ok(cart);
  if (cart.codes.length >= CART_LIMITS.codes) {
    const detail = `a cart takes at most ${CART_LIMITS.codes} codes`;
    return fail({ code: 'refused', faults: [{ pointer: '/code', detail }] });
  }
  return ok(changed(cart, { codes: [...cart.codes, code] }, at));
}

export function removeCode(cart: CartDocument, code: string, at: number): Result<CartDocument, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  if (!cart.codes.includes(code)) return ok(cart);
  return ok(changed(cart, { codes: cart.codes.filter((other) => other !== code) }, at));
}
