import { CART_LIMITS } from '#shared/contracts/http/carts.ts';
import { QUANTITY_MAX } from '#shared/contracts/http/orders.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import {
  type CartDocument,
  type CartRefusal,
  changed,
  type FieldFault,
  type Line,
  type Settings,
} from './document.ts';

export interface WantedLine {
  variantId: string;
  quantity: number;
  customisation: Record<string, unknown>;
}
/** Carts it remembers having taken over: far more than bring their lines again, because no answer reached them. */
export const ABSORBED_KEPT_MAX = 100;
/** The most lines merging may leave; more than an order takes, so that nothing is lost, but not without end. */
const MERGED_LINES_MAX = 2 * CART_LIMITS.lines;

/** Lines can be changed only in an open cart. */
export function whileOpen(cart: CartDocument): Result<CartDocument, CartRefusal> {
  const { state } = cart;
  return state.name === 'open' ? ok(cart) : fail({ code: 'closed', state });
}

/** Puts a line in; the same variant with the same wishes becomes more of the line that is there. Order does not matter. */
export function addLine(
  cart: CartDocument,
  wanted: WantedLine,
  lineId: string,
  at: number,
): Result<{ cart: CartDocument; lineId: string }, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  const same = cart.lines.find((line) => isSame(line, wanted));
  if (same === undefined && cart.lines.length >= CART_LIMITS.lines) {
    return refused({ pointer: '', detail: `a cart takes at most ${CART_LIMITS.lines} lines` });
  }
  if ((same?.quantity ?? 0) + wanted.quantity > QUANTITY_MAX) {
    return refused({ pointer: '/quantity', detail: `at most ${QUANTITY_MAX} in one line` });
  }
  const lines = withLine(cart.lines, wanted, lineId);
  if (bytesOf(lines) > CART_LIMITS.bytes) {
    return refused({ pointer: '/customisation', detail: 'is more than the cart can hold' });
  }
  return ok({ cart: changed(cart, { lines }, at), lineId: same?.id ?? lineId });
}

/** `ifVersion` (null: any) is the version of the line the change was made for. */
export function changeLine(
  cart: CartDocument,
  wanted: {
    lineId: string;
    ifVersion: number | null;
    quantity?: number;
    customisation?: Line['customisation'];
  },
  at: number,
): Result<CartDocument, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  const line = cart.lines.find(({ id }) => id === wanted.lineId);
  if (line === undefined) return fail({ code: 'line_not_found' });
  if (wanted.ifVersion !== null && wanted.ifVersion !== line.version) return fail({ code: 'changed' });
  const { quantity = line.quantity, customisation = line.customisation } = wanted;
  const next = { ...line, quantity, customisation, version: line.version + 1, seen: null };
  const lines = cart.lines.map((other) => (other === line ? next : other));
  if (bytesOf(lines) > CART_LIMITS.bytes) {
    return refused({ pointer: '/customisation', detail: 'is more than the cart can hold' });
  }
  return ok(changed(cart, { lines }, at));
}

/** Removing what is gone already is no error. */
export function removeLine(
  cart: CartDocument,
  { lineId, ifVersion }: { lineId: string; ifVersion: number | null },
  at: number,
): Result<CartDocument, CartRefusal> {
  const open = whileOpen(cart);
  if (!open.ok) return open;
  const line = cart.lines.find(({ id }) => id === lineId);
  if (line === undefined) return ok(cart);
  if (ifVersion !== null && ifVersion !== line.version) return fail({ code: 'changed' });
  return ok(changed(cart, { lines: cart.lines.filter((other) => other !== line) }, at));
}

export interface AbsorbedCart {
  from: string;
  customerId: string;
  lines: (WantedLine & { id: string })[];
  codes: string[];
  settings: Settings;
}

/** Takes over the lines of another cart of the same customer, once. An empty cart takes its settings too. */
export function absorb(
  cart: CartDocument,
  other: AbsorbedCart,
  at: number,
): Result<CartDocument, CartRefusal> {
  const { owner } = cart;
  if (owner.as !== 'customer' || owner.customerId !== other.customerId) return fail({ code: 'not_found' });
  if (cart.absorbed.includes(other.from)) return ok(cart);
  const open = whileOpen(cart);
  if (!open.ok) return open;
  const lines = other.lines.reduce((all, line) => withLine(all, line, line.id), cart.lines);
  if (lines.length > MERGED_LINES_MAX || bytesOf(lines) > 2 * CART_LIMITS.bytes)
    return fail({ code: 'full' });
  const settings = {
    ...(cart.lines.length === 0 ? other.settings : cart.settings),
    shippingAddress: cart.settings.shippingAddress ?? other.settings.shippingAddress,
  };
  const codes = [...new Set([...cart.codes, ...other.codes])].slice(0, CART_LIMITS.codes);
  const absorbed = [...cart.absorbed, other.from].slice(-ABSORBED_KEPT_MAX);
  return ok(changed(cart, { lines, codes, settings, absorbed }, at));
}

function withLine(lines: readonly Line[], wanted: WantedLine, lineId: string): Line[] {
  const same = lines.findIndex((line) => isSame(line, wanted));
  const { variantId, quantity, customisation } = wanted;
  if (same === -1) {
    return [...lines, { id: lineId, version: 1, variantId, quantity, customisation, seen: null }];
  }
  return lines.map((line, index) =>
    index === same
      ? {
          ...line,
          quantity: Math.min(line.quantity + quantity, QUANTITY_MAX),
          version: line.version + 1,
          seen: null,
        }
      : line,
  );
}

const isSame = (line: Line, wanted: WantedLine): boolean =>
  line.variantId === wanted.variantId &&
  canonicalJson(line.customisation) === canonicalJson(wanted.customisation);

const bytesOf = (lines: readonly Line[]): number =>
  new TextEncoder().encode(
    JSON.stringify(
      lines.map(({ variantId, quantity, customisation }) => [variantId, quantity, customisation]),
    ),
  ).length;

const refused = (...faults: FieldFault[]): Result<never, CartRefusal> => fail({ code: 'refused', faults });
