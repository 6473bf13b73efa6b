import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { LifecycleOperation } from '#shared/contracts/http/lifecycle.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { instanceHistory } from '#shared/db/store.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { expect } from 'vitest';
import type { Env } from '../env.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  type ProvisionMessage,
  reaches,
} from './harness.ts';
import type { World } from './world.ts';

/** Something a customer uses. */
export async function inUse(
  world: World,
  kind: keyof typeof FULFILMENTS,
  overrides: Partial<ProvisionMessage> = {},
): Promise<ProvisionMessage> {
  world.partner.onOrder = 'finish';
  await world.timeOut('order-service: wait 1', 'order-shipment: wait 1');
  const line = newLine(FULFILMENTS[kind], overrides);
  await deliver(line);
  await reaches(line, 'ready', 'line.provisioned');
  await deliver(activation(line));
  return line;
}

interface Sender {
  as?: string;
  role?: Role;
  key?: string;
}

export const send = async (path: string, body: object | undefined, sender: Sender & { as: string }) =>
  self.fetch(`https://shop.test/v1/${path}`, {
    method: 'POST',
    headers: {
      ...(await signedIn(sender.as, sender.role ?? 'customer')),
      'content-type': 'application/json',
      'idempotency-key': sender.key ?? crypto.randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

export const ask = (line: ProvisionMessage, request: object, sender: Sender = {}): Promise<Response> =>
  send(`instances/${line.instanceId}/operations`, request, { as: line.customerId, ...sender });

/** Asks, and the operation as it was answered. */
export async function asked(
  line: ProvisionMessage,
  request: object,
  sender: Sender = {},
): Promise<LifecycleOperation> {
  const response = await ask(line, request, sender);
  if (response.status !== 202) throw new Error(await response.text());
  return response.json<LifecycleOperation>();
}

export async function read(
  { instanceId, id }: { instanceId: string; id: string },
  as: string,
): Promise<LifecycleOperation> {
  const response = await self.fetch(`https://shop.test/v1/instances/${instanceId}/operations/${id}`, {
    headers: await signedIn(as, 'customer'),
  });
  return response.json<LifecycleOperation>();
}

/** Waits until an operation of the owner's is in a state. */
export async function comesTo(
  operation: LifecycleOperation,
  state: LifecycleOperation['state'],
  as: string,
): Promise<LifecycleOperation> {
  await eventually(async () => expect((await read(operation, as)).state).toBe(state));
  return read(operation, as);
}

export const callOff = (operation: LifecycleOperation, as: string): Promise<Response> =>
  send(`instances/${operation.instanceId}/operations/${operation.id}/call-off`, undefined, { as });

export async function historyOf(instanceId: string): Promise<string[]> {
  const rows = await drizzle(workerEnv<Env>().STORE_DB)
    .select()
    .from(instanceHistory)
    .where(eq(instanceHistory.instanceId, instanceId));
  return rows.map(({ type }) => type);
}
