import { customisationErrors } from '#objects/lib/customisation.ts';
import type { Ports } from '../../ports.ts';
import type { InstanceRow } from '../../queries/instances.ts';
import type { LifecycleError } from './ask.ts';

/** Prices do not matter here; the catalogue wants a currency all the same. */
const ANY_CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF'] as const;

/** What its product, as it is sold now, does not allow of a customisation. */
export async function customisationFaults(
  ports: Ports,
  { variantId, requestId }: InstanceRow,
  customisation: Record<string, unknown>,
): Promise<LifecycleError | null> {
  for (const currency of ANY_CURRENCIES) {
    const resolved = await ports.catalogue.resolveVariants(
      { requestId },
      { items: [{ variantId }], currency },
    );
    const [variant] = resolved.ok ? resolved.value.variants : [];
    if (variant !== undefined) {
      const [error] = customisationErrors(variant.customisationSchema, customisation);
      return error === undefined
        ? null
        : { code: 'request_unfit', pointer: `/customisation${error.pointer}`, detail: error.detail };
    }
    const [refused] = resolved.ok ? resolved.value.refused : [];
    if (refused?.reason !== 'no_price_in_currency') break;
  }
  return {
    code: 'lifecycle_refused',
    detail: 'It is not on sale any more, so it cannot be configured anew.',
  };
}
