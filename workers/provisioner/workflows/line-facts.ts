import { addressSchema } from '#shared/domain/address.ts';
import { fulfilmentSchema } from '#shared/domain/product.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import { type StoredDelivery, storedDeliverySchema } from '../templates/delivery.ts';
import type { LineFacts } from '../templates/scope.ts';

export const addressPlace = (instanceId: string) => ({
  table: 'instances',
  row: instanceId,
  field: 'sealed_address',
});
export const deliveryPlace = (instanceId: string) => ({
  table: 'instances',
  row: instanceId,
  field: 'sealed_delivery',
});

/** What the customer received, as it was sealed with the instance. */
export const openDelivery = async (
  { sealer }: Ports,
  instanceId: string,
  sealed: string,
): Promise<StoredDelivery> =>
  storedDeliverySchema.parse(await sealer.open(sealed, deliveryPlace(instanceId)));

/** What a template may use of a line, read from the instance as it was bought. */
export async function lineFacts(ports: Ports, instance: InstanceRow): Promise<LineFacts> {
  const address =
    instance.sealedAddress === null
      ? null
      : addressSchema.parse(await ports.sealer.open(instance.sealedAddress, addressPlace(instance.id)));
  return {
    orderId: instance.orderId,
    orderNumber: instance.orderNumber,
    customerId: instance.customerId,
    lineId: instance.lineId,
    instanceId: instance.id,
    productId: instance.productId,
    productVersion: instance.productVersion,
    variantId: instance.variantId,
    sku: instance.sku,
    title: instance.title,
    variantTitle: instance.variantTitle,
    quantity: instance.quantity,
    customisation: instance.customisation,
    fulfilment: fulfilmentSchema.parse(instance.fulfilment),
    shippingAddress: address,
  };
}
