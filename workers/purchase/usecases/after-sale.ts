import type { AfterSaleLook, AfterSaleReply, AfterSaleWish, OrderAsker } from '#objects/order/after-sale.ts';
import type { Version } from '#objects/order/history.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Asker } from './read-order.ts';

interface AskedFor {
  orderId: string;
  key: string;
  wish: AfterSaleWish;
  fingerprinted?: unknown;
}

/** Grants a wish after the sale once for its key. A foreign order is not there. */
export async function askAfterSale(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  /** `fingerprinted`: what the key stands for, where the wish holds more than was asked. */
  { orderId, key, wish, fingerprinted = wish }: AskedFor,
): Promise<Result<{ order: Order; replayed: boolean }, PurchaseError>> {
  const look = lookOf(asker, { orderId, key, fingerprinted });
  return answerOf(await ports.order(orderId, (order) => order.afterSale(call, { ...look, wish })));
}

/** What the wish was answered before (`replayed`), else the order as it is: for one that must be priced first. */
export async function lookAfterSale(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  asked: Omit<AskedFor, 'wish'>,
): Promise<Result<{ order: Order; replayed: boolean }, PurchaseError>> {
  const look = lookOf(asker, asked);
  return answerOf(await ports.order(asked.orderId, (order) => order.lookAfterSale(call, look)));
}

export const orderAsker = ({ userId, customerId, seesAll }: Asker): OrderAsker =>
  seesAll ? { kind: 'operator', id: userId } : { kind: 'customer', id: userId, customerId };

const lookOf = (asker: Asker, { orderId, key, fingerprinted }: Omit<AskedFor, 'wish'>): AfterSaleLook => ({
  by: orderAsker(asker),
  key,
  fingerprint: fingerprintOf({ orderId, wish: fingerprinted }),
});

const answerOf = (reply: AfterSaleReply): Result<{ order: Order; replayed: boolean }, PurchaseError> =>
  reply.ok ? reply : fail(errorOf(reply.error));

function errorOf(error: Extract<AfterSaleReply, { ok: false }>['error']): PurchaseError {
  switch (error.code) {
    case 'not_found':
    case 'key_reused':
      return { code: error.code };
    case 'not_allowed':
      return { code: 'not_now', detail: error.detail };
    case 'refused':
      return { code: 'refused', refusals: error.refusals, replayed: false };
  }
}

/** A page of the order's versions, newest first; `next` is the version to go on before. */
export async function listVersions(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  { orderId, before, limit }: { orderId: string; before: number | null; limit: number },
): Promise<Result<{ items: Version[]; next: number | null }, PurchaseError>> {
  const as = asker.seesAll ? ('operator' as const) : ('customer' as const);
  const found = await ports.order(orderId, (order) => order.versions(call, { before, limit: limit + 1, as }));
  if (found === null || (!asker.seesAll && found.customerId !== asker.customerId)) {
    return fail({ code: 'not_found' });
  }
  const items = found.items.slice(0, limit);
  return ok({ items, next: found.items.length > limit ? (items.at(-1)?.version ?? null) : null });
}

export async function readVersion(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  { orderId, version }: { orderId: string; version: number },
): Promise<Result<{ version: Version; before: Order | null; after: Order | null }, PurchaseError>> {
  const as = asker.seesAll ? ('operator' as const) : ('customer' as const);
  const found = await ports.order(orderId, (order) => order.version(call, { version, as }));
  if (found === null || (!asker.seesAll && found.customerId !== asker.customerId)) {
    return fail({ code: 'not_found' });
  }
  return ok(found);
}
