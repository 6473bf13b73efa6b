import type { Order } from '#shared/contracts/http/orders.ts';
import type { InstanceForSale } from '#shared/contracts/instance-changes.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { bindings } from './shop.ts';

interface FakeProvisioner {
  own(customerId: string, instance: InstanceForSale): Promise<void>;
}
const provisioner = bindings.PROVISIONER as unknown as FakeProvisioner;

export const TERM_DAYS = 30;
export const servicePlan = (plan: string) =>
  ({ template: 'partner-service', plan, validDays: TERM_DAYS }) as const;

/** What the first line of an order made, used for a part of its term; as the provisioner tells it from now on. */
export async function ownedBy(
  { id: orderId, customerId, lines: [line] }: Order,
  used = 0.5,
): Promise<InstanceForSale> {
  if (line === undefined) throw new Error('an order has a line');
  const startedAt = Date.now() - used * TERM_DAYS * DAY_MS;
  const { productId, variantId, kind, title, variantTitle, quantity, customisation } = line;
  const made = { productId, variantId, kind, title, variantTitle, quantity, customisation };
  return tellOf(customerId, {
    ...made,
    instanceId: newId('instance'),
    startedAt,
    endsAt: startedAt + TERM_DAYS * DAY_MS,
    termDays: TERM_DAYS,
    paidBy: { orderId, lineId: line.id },
    refused: null,
  });
}

export async function tellOf(customerId: string, instance: InstanceForSale): Promise<InstanceForSale> {
  await provisioner.own(customerId, instance);
  return instance;
}
