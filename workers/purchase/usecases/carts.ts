import { type Buyer, buyerName } from '#shared/domain/customer.ts';
import type { Asker } from '#objects/cart/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Cart, CreateCart, NewCart } from '#shared/contracts/http/carts.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Ports } from '../ports.ts';
import type { PurchaseError } from '../problem.ts';
import { randomSecret, sha256Hex } from '#shared/crypto/bytes.ts';

/** Rounds in which the current cart is ordered or forgotten while we look at it. */
const ROUNDS_MAX = 3;

/** Who asks for a cart, with the token as it was sent; only its digest goes on from here. */
export const askerOf = (visitor: Buyer | null, token: string | undefined): Asker => ({
  customerId: visitor === null ? null : buyerName(visitor),
  tokenHash: token === undefined ? null : sha256Hex(token),
});

/** A guest's new cart with its token. A repeat makes another one, and the one nobody has the token of is forgotten. */
export async function openGuestCart(
  ports: Pick<Ports, 'cart'>,
  call: CallContext,
  wanted: CreateCart,
): Promise<NewCart> {
  const token = randomSecret();
  const cartId = newId('cart');
  const owner = { as: 'guest', tokenHash: sha256Hex(token) } as const;
  return { cart: await ports.cart(cartId, (cart) => cart.open(call, { cartId, owner, ...wanted })), token };
}

/** The customer's current cart, made when there is none that can be filled. */
export async function openCurrentCart(
  ports: Pick<Ports, 'cart' | 'buyer'>,
  call: CallContext,
  buyer: Buyer,
  wanted: CreateCart,
): Promise<Result<{ cart: Cart; isNew: boolean }, PurchaseError>> {
  const customerId = buyerName(buyer);
  let current = await ports.buyer(customerId, (object) => object.currentCart(call));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const present = current === null ? null : await openCart(ports, call, customerId, current);
    if (present !== null) return present.ok ? ok({ cart: present.value, isNew: false }) : present;
    const cartId = newId('cart');
    const owner = { as: 'customer', customerId } as const;
    const cart = await ports.cart(cartId, (object) => object.open(call, { cartId, owner, ...wanted }));
    const instead = current;
    current = await ports.buyer(customerId, (object) => object.keepCart(call, { cartId, instead }));
    if (current === cartId) return ok({ cart, isNew: true });
  }
  return fail({ code: 'cart', error: { code: 'unavailable' } });
}

/** The customer's current cart as long as it can be filled. */
export async function currentCart(
  ports: Pick<Ports, 'cart' | 'buyer'>,
  call: CallContext,
  buyer: Buyer,
): Promise<Result<Cart, PurchaseError>> {
  const customerId = buyerName(buyer);
  const current = await ports.buyer(customerId, (object) => object.currentCart(call));
  const present = current === null ? null : await openCart(ports, call, customerId, current);
  return present ?? fail({ code: 'cart', error: { code: 'not_found' } });
}

/** Null when it was ordered, merged or forgotten. */
async function openCart(
  ports: Pick<Ports, 'cart'>,
  call: CallContext,
  customerId: string,
  cartId: string,
): Promise<Result<Cart, PurchaseError> | null> {
  const cart = await ports.cart(cartId, (object) => object.read(call, { customerId, tokenHash: null }));
  if (!cart.ok) return cart.error.code === 'not_found' ? null : fail({ code: 'cart', error: cart.error });
  return cart.value.state === 'ordered' || cart.value.state === 'merged' ? null : cart;
}

/** Makes a guest's cart the customer's, and answers with the cart that has its lines then. */
export async function claimCart(
  ports: Pick<Ports, 'cart'>,
  call: CallContext,
  input: { cartId: string; buyer: Buyer; token: string | undefined },
): Promise<Result<Cart, PurchaseError>> {
  const customerId = buyerName(input.buyer);
  const { tokenHash } = askerOf(input.buyer, input.token);
  const claimed = await ports.cart(input.cartId, (cart) => cart.claim(call, { customerId, tokenHash }));
  if (!claimed.ok) return fail({ code: 'cart', error: claimed.error });
  const { cartId } = claimed.value;
  const cart = await ports.cart(cartId, (object) => object.read(call, { customerId, tokenHash: null }));
  return cart.ok ? cart : fail({ code: 'cart', error: cart.error });
}
