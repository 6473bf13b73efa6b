import type { z } from 'zod';
import type { InstanceChange } from '#shared/contracts/instance-changes.ts';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow, Terms } from '../../queries/lifecycle.ts';
import type { ReportType } from '../../queries/reports.ts';
import type { StepFailure } from '../../templates/template.ts';
import { termsOf } from '../../workflows/change-plan.ts';
import { reportOf } from '../../workflows/end-lifecycle.ts';
import type { openLineSchema } from '../messages.ts';
import { NUDGE_AFTER_MS } from '../nudge.ts';
import { resultOf, sendReports } from '../reports.ts';
import { operationId } from './operation-id.ts';
import { changeFault } from './change-fault.ts';
import { drive } from './drive.ts';
import type { OrderedRequest } from './ordered-request.ts';
import { wordsOf } from './words.ts';

type OpenLine = z.infer<typeof openLineSchema>;

/**
 * Begins what an order's line changes of an instance. Safe to repeat: what has begun goes on, what has ended is told again.
 * What cannot be done, or is not as it was when its price was promised, fails and changes nothing.
 */
export async function openChange(ports: Ports, line: OpenLine, changes: InstanceChange): Promise<void> {
  const { instanceId } = changes;
  const { lifecycles, steps, undos } = ports.stores.ofInstance(instanceId);
  const known = await lifecycles.ofHandle(line.instanceId);
  if (known !== null) return goOn(ports, known, line.requestId);
  const made = await steps.withInstance(instanceId);
  if (made === null || made.instance.customerId !== line.customerId)
    return refuse(ports, line, changes, GONE);
  const target = targetOf(line, made.instance.customisation);
  const fault = await changeFault(ports, made, { ...changes, plan: target });
  if (fault !== null) return refuse(ports, line, changes, fault);
  const isOther = target.variantId !== made.instance.variantId;
  const now = ports.clock.now();
  const { kind, days } = changes;
  const request: OrderedRequest = { kind, days, endedAt: made.instance.endsAt };
  const operation = await lifecycles.ask(
    {
      id: operationId([line.instanceId, kind], instanceId),
      instanceId,
      customerId: line.customerId,
      kind,
      state: 'running',
      request,
      former: isOther ? termsOf(made) : null,
      target: isOther ? target : null,
      sealedCode: null,
      codeHash: null,
      askedAs: 'order',
      askedBy: null,
      reason: null,
      handle: line.instanceId,
      orderId: line.orderId,
      lineId: line.lineId,
      dueAt: null,
      nudgeAt: now + NUDGE_AFTER_MS,
      requestId: line.requestId,
      now,
    },
    { type: `lifecycle.${kind}.asked`, text: `${wordsOf(kind).asked} with order ${line.orderNumber}.` },
  );
  if (operation === null) {
    const isUndone = (await undos.get(line.instanceId)) !== null;
    return isUndone ? undefined : refuse(ports, line, changes, OCCUPIED);
  }
  log.info('change ordered', { requestId: line.requestId, instanceId, operationId: operation.id, kind });
  await drive(ports, operation, line.requestId);
}

const GONE: StepFailure = { code: 'instance_gone', text: 'It is not in use any more.' };
const OCCUPIED: StepFailure = {
  code: 'operation_running',
  text: 'Something else is being done with it, or it is being ended.',
};

/** What was configured stays as it is. */
const targetOf = (line: OpenLine, customisation: Record<string, unknown>): Terms => ({
  productId: line.productId,
  productVersion: line.productVersion,
  variantId: line.variantId,
  sku: line.sku,
  title: line.title,
  variantTitle: line.variantTitle,
  customisation,
  fulfilment: line.fulfilment,
});

const RESULT_OF: Partial<Record<LifecycleRow['state'], ReportType>> = {
  made: 'line.provisioned',
  done: 'line.provisioned',
  failed: 'line.failed',
};

/** The order asks again: it may have missed the result. */
async function goOn(ports: Ports, operation: LifecycleRow, requestId: string): Promise<void> {
  const type = RESULT_OF[operation.state];
  if (type === undefined) return drive(ports, operation, requestId);
  const failed = type === 'line.failed';
  const text = failed ? (operation.errorText ?? '') : wordsOf(operation.kind).made;
  const report = reportOf(operation, type, text, failed ? operation.errorCode : null);
  if (report === null) return;
  await ports.stores.ofInstance(operation.instanceId).reports.put(report, ports.clock.now());
  await sendReports(ports, report.instanceId);
}

async function refuse(
  ports: Ports,
  line: OpenLine,
  { instanceId }: InstanceChange,
  { code, text }: StepFailure,
): Promise<void> {
  log.warn('an ordered change cannot be made', { requestId: line.requestId, instanceId, code });
  await ports.stores
    .ofInstance(line.instanceId)
    .reports.put(resultOf(line, 'line.failed', text, code), ports.clock.now());
  await sendReports(ports, line.instanceId);
}
