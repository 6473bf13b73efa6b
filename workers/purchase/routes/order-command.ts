import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Actor } from '#shared/auth/access-token.ts';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { customerOf } from '#shared/domain/customer.ts';
import type { Result } from '#shared/domain/result.ts';
import type { ProblemSlug } from '#shared/http/problems.ts';
import { type PurchaseError, toProblem } from '../problem.ts';
import type { Command } from '../usecases/command-order.ts';
import type { AppEnv } from '#shared/http/app.ts';
import type { Env } from '../env.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { shownTo } from './shown-order.ts';

/** What commands to an order have in common: the key is optional, for each is safe to repeat by itself. */
export const commandHeaders = z.object({ 'idempotency-key': idempotencyKey().optional() });

export const COMMAND_PROBLEMS = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
  'idempotency-key-reused',
] as const satisfies readonly ProblemSlug[];

export const commandOf = <Input>(
  orderId: string,
  actor: Actor,
  headers: z.infer<typeof commandHeaders>,
  input: Input,
): Command<Input> => ({
  orderId,
  actorId: actor.userId,
  customerId: customerOf(buyerOf(actor)),
  key: headers['idempotency-key'] ?? null,
  input,
});

export function toldOrder(
  c: Context<AppEnv<Env>>,
  told: Result<{ order: Order; replayed: boolean }, PurchaseError>,
) {
  if (!told.ok) throw toProblem(told.error);
  const { order, replayed } = told.value;
  if (replayed) c.header('idempotent-replayed', 'true');
  c.header('etag', entityTag(order));
  return c.json(shownTo(c.get('actor'), order), 200);
}
