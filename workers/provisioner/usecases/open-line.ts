import type { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import { fulfilmentSchema } from '#shared/domain/product.ts';
import { attributesOf, entitlementsOf } from '#shared/domain/entitlements.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import type { Ports } from '../ports.ts';
import type { Owned } from '../queries/entitlements.ts';
import type { InstanceRow } from '../queries/instances.ts';
import type { ReportType } from '../queries/reports.ts';
import { buildPlan, INVALID_FULFILMENT, type Plan, planSchema } from '../templates/plan.ts';
import type { StepFailure } from '../templates/template.ts';
import { addressPlace } from '../workflows/line-facts.ts';
import type { openLineSchema } from './messages.ts';
import { NUDGE_AFTER_MS } from './nudge.ts';
import { resultOf, sendReports } from './reports.ts';
import { templateFor } from './templates.ts';

type OpenLine = z.infer<typeof openLineSchema>;

/**
 * Starts provisioning a line. Safe to repeat: a line that has begun is left alone, one that has ended tells its result
 * again. A line that can never be delivered fails at once, without an instance.
 */
export async function openLine(ports: Ports, line: OpenLine): Promise<void> {
  const planned = await planLine(ports, line);
  if (!planned.ok) {
    // Its template may have changed since it began: it goes on with what it began with.
    const begun = await ports.stores.ofInstance(line.instanceId).instances.get(line.instanceId);
    return begun === null ? refuse(ports, line, planned.error) : goOn(ports, begun, line);
  }
  const { plan, kind, owned } = planned.value;
  const opened = {
    id: line.instanceId,
    customerId: line.customerId,
    orderId: line.orderId,
    orderNumber: line.orderNumber,
    lineId: line.lineId,
    workflowId: line.workflowId,
    productId: line.productId,
    productVersion: line.productVersion,
    variantId: line.variantId,
    sku: line.sku,
    title: line.title,
    variantTitle: line.variantTitle,
    kind,
    quantity: line.quantity,
    customisation: line.customisation,
    fulfilment: line.fulfilment,
    sealedAddress:
      line.shippingAddress === null
        ? null
        : await ports.sealer.seal(line.shippingAddress, addressPlace(line.instanceId)),
    plan,
    detail: 'Being prepared.',
    requestId: line.requestId,
    createdAt: ports.clock.now(),
    nudgeAt: ports.clock.now() + NUDGE_AFTER_MS,
  };
  const instance = await ports.stores.ofCustomer(line.customerId).instances.open(opened, owned);
  return instance === null ? skip(ports, line) : goOn(ports, instance, line);
}

/** By the plan that was written down, which undoing follows too. */
async function goOn(ports: Ports, instance: InstanceRow, line: OpenLine): Promise<void> {
  if (instance.state !== 'provisioning') return tellAgain(ports, instance);
  await ports.provisionings.start(instance.workflowId, {
    instanceId: instance.id,
    variantId: instance.variantId,
    requestId: line.requestId,
    plan: planSchema.parse(instance.plan),
  });
  await ports.results.send([started(line)]);
}

/** By the template as it is now: what an order began with it keeps, in its plan and in what it entitles to. */
async function planLine(
  ports: Ports,
  line: OpenLine,
): Promise<Result<{ plan: Plan; kind: Instance['kind']; owned: Owned }, StepFailure>> {
  const fulfilment = fulfilmentSchema.safeParse(line.fulfilment);
  if (!fulfilment.success) return fail(INVALID_FULFILMENT);
  const template = await templateFor(ports, fulfilment.data);
  if (template === null) return fail(INVALID_FULFILMENT);
  const plan = buildPlan(template, line);
  if (!plan.ok) return plan;
  const owned = {
    entitlements: entitlementsOf(fulfilment.data, template.document.entitlements),
    attributes: attributesOf(fulfilment.data, line.customisation),
  };
  return ok({ plan: plan.value, kind: template.document.kind, owned });
}

async function refuse(ports: Ports, line: OpenLine, failure: StepFailure): Promise<void> {
  log.error('a line cannot be planned', {
    requestId: line.requestId,
    lineId: line.lineId,
    code: failure.code,
  });
  await ports.stores
    .ofCustomer(line.customerId)
    .reports.put(resultOf(line, 'line.failed', failure.text, failure.code), ports.clock.now());
  await sendReports(ports, line.instanceId);
}

/** Not written down: either undoing was asked for first, or the line's ids belong to another instance. */
async function skip(ports: Ports, line: OpenLine): Promise<void> {
  const undo = await ports.stores.ofInstance(line.instanceId).undos.get(line.instanceId);
  if (undo === null) throw new Error(`line ${line.lineId} already has another instance`);
  log.info('a line was undone before it began', { requestId: line.requestId, lineId: line.lineId });
}

const RESULT_OF: Partial<Record<InstanceRow['state'], ReportType>> = {
  ready: 'line.provisioned',
  failed: 'line.failed',
};

/** The order asks again, so it may have missed the result. */
async function tellAgain(ports: Ports, instance: InstanceRow): Promise<void> {
  const type = RESULT_OF[instance.state];
  if (type === undefined) return;
  const code = instance.state === 'failed' ? instance.failureCode : null;
  const report = resultOf({ ...instance, instanceId: instance.id }, type, instance.detail, code);
  await ports.stores.ofCustomer(instance.customerId).reports.put(report, ports.clock.now());
  await sendReports(ports, instance.id);
}

const started = (line: OpenLine): ProvisioningResultMessage => ({
  messageId: `${line.instanceId}:line.started`,
  requestId: line.requestId,
  type: 'line.started',
  orderId: line.orderId,
  lineId: line.lineId,
  instanceId: line.instanceId,
  code: null,
  detail: 'Being prepared.',
});
