import type { z } from 'zod';
import type { InstanceForSale, lookAtInstanceSchema } from '#shared/contracts/instance-changes.ts';
import { fulfilmentSchema } from '#shared/domain/product.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../../ports.ts';
import { changeFault, termDaysOf } from './change-fault.ts';

/** What whoever sells a change of an instance must know of it, and whether it can be had. */
export async function lookAtInstance(
  ports: Ports,
  { instanceId, customerId, kind, plan }: z.output<typeof lookAtInstanceSchema>,
): Promise<Result<InstanceForSale, 'unknown'>> {
  const { steps, lifecycles } = ports.stores.ofInstance(instanceId);
  const [made, paidBy] = await Promise.all([steps.withInstance(instanceId), lifecycles.paidBy(instanceId)]);
  if (made === null || made.instance.customerId !== customerId) return fail('unknown');
  const { instance } = made;
  const { customisation } = instance;
  const target = plan === null ? null : { ...plan, customisation };
  const fault = await changeFault(ports, made, { kind, plan: target });
  const fulfilment = fulfilmentSchema.safeParse(instance.fulfilment);
  return ok({
    instanceId,
    productId: instance.productId,
    variantId: instance.variantId,
    kind: instance.kind,
    title: instance.title,
    variantTitle: instance.variantTitle,
    quantity: instance.quantity,
    customisation,
    startedAt: instance.activatedAt ?? instance.createdAt,
    endsAt: instance.endsAt,
    termDays: fulfilment.success ? termDaysOf(fulfilment.data) : null,
    paidBy: paidBy ?? { orderId: instance.orderId, lineId: instance.lineId },
    refused: fault?.text ?? null,
  });
}
