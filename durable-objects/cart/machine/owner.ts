import { fail, ok, type Result } from '#shared/domain/result.ts';
import { type CartDocument, type CartRefusal, changed } from './document.ts';

/** Who asks. `tokenHash` is the SHA-256 of the token that came with the request, in hex. */
export interface Asker {
  customerId: string | null;
  tokenHash: string | null;
}

/** A customer's cart is theirs alone, whoever still holds the token it had before; a guest's is for its token. */
export function mayUse({ owner }: CartDocument, asker: Asker): boolean {
  if (owner.as === 'customer') return owner.customerId === asker.customerId;
  return asker.tokenHash !== null && sameDigest(owner.tokenHash, asker.tokenHash);
}

/** Takes the same time wherever two digests differ. */
export function sameDigest(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

/**
 * Makes a guest's cart the customer's: their current one (`into` null), or part of the one they have. Claiming what is
 * theirs already changes nothing, so that a lost answer can be asked for again.
 */
export function claim(
  cart: CartDocument,
  asker: { customerId: string; tokenHash: string | null },
  into: string | null,
  at: number,
): Result<CartDocument, CartRefusal> {
  if (!mayUse(cart, asker)) return fail({ code: 'not_found' });
  if (cart.owner.as === 'customer') return ok(cart);
  const owner = { as: 'customer', customerId: asker.customerId } as const;
  return ok(
    changed(
      cart,
      { owner, ...(into === null ? {} : { state: { name: 'merged', into, delivered: false } }) },
      at,
    ),
  );
}

/** The other cart has the lines. */
export function mergeDelivered(cart: CartDocument): CartDocument {
  if (cart.state.name !== 'merged' || cart.state.delivered) return cart;
  return { ...cart, state: { ...cart.state, delivered: true } };
}

/** The other cart takes no lines: they stay here. */
export function mergeRefused(cart: CartDocument, at: number): CartDocument {
  if (cart.state.name !== 'merged' || cart.state.delivered) return cart;
  return changed(cart, { state: { name: 'open' } }, at);
}
