import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  introspectWorkflow,
  waitOnExecutionContext,
  type WorkflowIntrospector,
} from 'cloudflare:test';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { ProvisioningMessage } from '#shared/contracts/messages.ts';
import type { Fulfilment } from '#shared/domain/product.ts';
import type { SuspensionReason } from '#shared/domain/suspension.ts';
import { instances, reports } from '#shared/db/store.ts';
import { newId } from '#shared/ids/ids.ts';
import { newIdBeside } from '#shared/ids/shard.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import { vi, expect } from 'vitest';
import type { Env } from '../env.ts';
import { consume } from '../queue.ts';

export type ProvisionMessage = Extract<ProvisioningMessage, { type: 'line.provision' }>;

export const FULFILMENTS = {
  licence: { template: 'licence-key', activationsMax: 3, validDays: 30 },
  download: {
    template: 'download',
    objectKey: 'books/guide.pdf',
    fileName: 'Gärtnern für alle.pdf',
    downloadsMax: 2,
  },
  service: { template: 'partner-service', plan: 'vm-small', validDays: null },
  parcel: { template: 'parcel', weightGrams: 250 },
  giftCard: { template: 'gift-card', validDays: null, value: { amount: 2_500, currency: 'EUR' } },
} as const satisfies Record<string, Fulfilment>;

const ADDRESS = {
  name: 'Alice Liddell',
  line1: 'Rabbit Hole 1',
  line2: '',
  postalCode: 'OX1 1AA',
  city: 'Oxford',
  country: 'GB',
};

/** A line to provision, with ids of its own. */
export function newLine(fulfilment: Fulfilment, overrides: Partial<ProvisionMessage> = {}): ProvisionMessage {
  const customerId = overrides.customerId ?? newId('user');
  const instanceId = newIdBeside('instance', customerId);
  return {
    type: 'line.provision',
    requestId: `req-${crypto.randomUUID()}`,
    messageId: crypto.randomUUID(),
    orderId: newId('order'),
    orderNumber: 'TP-7K3M9Q2X',
    lineId: newId('line'),
    instanceId,
    workflowId: `provision-${instanceId}`,
    customerId,
    productId: newId('product'),
    productVersion: 1,
    variantId: newId('variant'),
    sku: 'SKU-1',
    title: 'Thing',
    variantTitle: 'Standard',
    quantity: 1,
    customisation: {},
    fulfilment,
    shippingAddress: fulfilment.template === 'parcel' ? ADDRESS : null,
    ...overrides,
  };
}

const common = (line: ProvisionMessage) => ({
  requestId: line.requestId,
  messageId: crypto.randomUUID(),
  orderId: line.orderId,
  lineId: line.lineId,
  instanceId: line.instanceId,
});
export const activation = (line: ProvisionMessage): ProvisioningMessage => ({
  type: 'line.activate',
  ...common(line),
});
export const undoing = (line: ProvisionMessage): ProvisioningMessage => ({
  type: 'line.deprovision',
  ...common(line),
  workflowId: line.workflowId,
  reason: 'The order was cancelled.',
});

export const suspending = (
  line: ProvisionMessage,
  sequence: number,
  reason: SuspensionReason = 'payment_disputed',
): ProvisioningMessage => ({ type: 'line.suspend', ...common(line), reason, sequence });
export const resuming = (line: ProvisionMessage, sequence: number): ProvisioningMessage => ({
  type: 'line.resume',
  ...common(line),
  sequence,
});

/** Delivers messages as one batch of the queue; answers with how many came back for another try. */
export async function deliver(...messages: unknown[]): Promise<{ retried: number }> {
  const batch = createMessageBatch(
    'provisioning',
    messages.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body })),
  );
  const context = createExecutionContext();
  await consume(batch, workerEnv<Env>());
  const result = await getQueueResult(batch, context);
  await waitOnExecutionContext(context);
  return { retried: result.retryMessages.length };
}

export const row = (line: { instanceId: string }) =>
  drizzle(workerEnv<Env>().STORE_DB).select().from(instances).where(eq(instances.id, line.instanceId)).get();

/** Results the order was told, by type, with their code. */
export async function told(line: { instanceId: string }): Promise<Record<string, string | null>> {
  const rows = await drizzle(workerEnv<Env>().STORE_DB)
    .select()
    .from(reports)
    .where(eq(reports.instanceId, line.instanceId));
  return Object.fromEntries(rows.filter(({ sent }) => sent > 0).map(({ type, code }) => [type, code]));
}

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Waits until an instance is in a state and the order knows. */
export async function reaches(line: { instanceId: string }, state: string, report?: string): Promise<void> {
  await vi.waitFor(async () => {
    expect((await row(line))?.state).toBe(state);
    if (report !== undefined) expect(Object.keys(await told(line))).toContain(report);
  }, PATIENCE);
}

export const eventually = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, PATIENCE);

/** All Workflows of a test without their retry delays. */
export async function hurriedWorkflows(): Promise<{
  provision: WorkflowIntrospector;
  deprovision: WorkflowIntrospector;
  lifecycle: WorkflowIntrospector;
}> {
  const env = workerEnv<Env>();
  const provision = await introspectWorkflow(env.PROVISION);
  const deprovision = await introspectWorkflow(env.DEPROVISION);
  const lifecycle = await introspectWorkflow(env.LIFECYCLE);
  for (const workflow of [provision, deprovision, lifecycle]) {
    await workflow.modifyAll((modifier) => modifier.disableRetryDelays());
  }
  return { provision, deprovision, lifecycle };
}
