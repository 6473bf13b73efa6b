import { z } from 'zod';
import { customerIdSchema } from '#shared/domain/customer.ts';
import { fulfilmentSchema, type ProductKind } from '#shared/domain/product.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { CallContext } from './call.ts';

/** What an order does to an instance. `days`: by how many a renewal moves its end; of another plan how long its term is from then on, null: the end stays. */
export const instanceChangeSchema = z.strictObject({
  instanceId: idSchema('instance'),
  kind: z.enum(['change_plan', 'renew']),
  /** As it was when the price was promised, times in epoch milliseconds: what is otherwise by then is not changed. */
  expects: z.strictObject({ variantId: idSchema('variant'), endsAt: z.int().nullable() }),
  days: z.int().min(1).max(36_500).nullable(),
});
export type InstanceChange = z.infer<typeof instanceChangeSchema>;

/** That an order changes an instance, how, and what is paid for once it has. */
export const changeOriginSchema = instanceChangeSchema.extend({
  /** How the amounts are meant: with their tax or without. */
  taxMode: z.enum(['inclusive', 'exclusive']),
  /** What was paid for which time (shared/domain/pricing/proration.ts); `to` null: for ever. */
  covers: z.array(z.strictObject({ from: z.int(), to: z.int().nullable(), amount: z.int().min(0) })).max(10),
});
export type ChangeOrigin = z.infer<typeof changeOriginSchema>;

/** Of `line.stuck`: the instance that an order's line changed, and was paid for, was taken back with the order that made it. */
export const CHANGED_TAKEN_BACK = 'changed_taken_back';

/** Another plan, as the catalogue sells it now. */
export const instancePlanSchema = z.strictObject({
  productId: idSchema('product'),
  productVersion: z.int(),
  variantId: idSchema('variant'),
  sku: z.string(),
  title: z.string(),
  variantTitle: z.string(),
  fulfilment: fulfilmentSchema,
});

export const lookAtInstanceSchema = z.strictObject({
  instanceId: idSchema('instance'),
  customerId: customerIdSchema,
  kind: instanceChangeSchema.shape.kind,
  /** The plan it would have; null: it keeps its own. */
  plan: instancePlanSchema.nullable(),
});
export type LookAtInstance = z.input<typeof lookAtInstanceSchema>;

/** An instance, as far as it matters to whoever sells a change of it. Times in epoch milliseconds. */
export interface InstanceForSale {
  instanceId: string;
  productId: string;
  variantId: string;
  kind: ProductKind;
  title: string;
  variantTitle: string;
  quantity: number;
  customisation: Record<string, unknown>;
  /** When its first term began. */
  startedAt: number;
  endsAt: number | null;
  /** How long a term of its plan is; null: for ever. */
  termDays: number | null;
  /** The order that paid for it as it is. */
  paidBy: { orderId: string; lineId: string };
  /** Why that cannot be done with it now, in words for its owner; null: it can. */
  refused: string | null;
}

/** RPC face of the provisioner worker (entrypoint `ProvisionerRpc`). */
export interface ProvisionerService {
  /** Looks alone. Unknown: there is none, or it is somebody else's. */
  lookAtInstance(call: CallContext, input: LookAtInstance): Promise<Result<InstanceForSale, 'unknown'>>;
}
