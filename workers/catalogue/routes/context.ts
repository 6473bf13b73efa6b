import type { Context } from 'hono';
import { may } from '#shared/auth/permissions.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { presentedActor } from '#shared/http/authorised.ts';
import { log } from '#shared/observability/log.ts';
import type { Env } from '../env.ts';
import { type Ports, portsOf } from '../ports.ts';
import { drainOutbox } from '../usecases/drain-outbox.ts';

export type RouteContext = Context<AppEnv<Env>>;

export const ports = (c: RouteContext): Ports =>
  portsOf(c.env, c.get('requestId'), (work) => c.executionCtx.waitUntil(work));

/**
 * Is the caller an operator of the catalogue? Everybody may read the catalogue, so a missing, expired or foreign token
 * makes an ordinary reader and never a refusal.
 */
export async function readsAsOperator(c: RouteContext): Promise<boolean> {
  const actor = await presentedActor(c);
  return actor !== null && may(actor, 'products.write');
}

/**
 * Performs what a write owes before it is answered, so that the operator's next read of a list shows it. When that
 * fails the write stands all the same and the cron makes up for it.
 */
export async function performOwed(c: RouteContext): Promise<void> {
  const work = drainOutbox(ports(c)).catch((error: unknown) =>
    log.error('outbox not drained', { requestId: c.get('requestId'), error }),
  );
  c.executionCtx.waitUntil(work);
  await work;
}
