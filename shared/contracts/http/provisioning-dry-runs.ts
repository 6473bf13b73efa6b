import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import { availabilitySchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema } from '#shared/money/money.ts';
import { customisationSchema, QUANTITY_MAX } from './orders.ts';

export const dryRunRequestSchema = z
  .strictObject({
    variantId: idSchema('variant'),
    quantity: z.int().min(1).max(QUANTITY_MAX).default(1),
    /** Whether it is sold in this currency; default: EUR. */
    currency: currencySchema.optional(),
    customisation: customisationSchema,
    /** For what is sent as a parcel. */
    shippingAddress: addressSchema.optional(),
    /** Another template than the product's, to see what it would do. */
    templateId: idSchema('template').optional(),
  })
  .meta({ id: 'ProvisioningDryRunRequest' });
export type DryRunRequest = z.infer<typeof dryRunRequestSchema>;

export const findingSchema = z
  .strictObject({
    /** Which step; null: the order as a whole. */
    step: z.string().nullable(),
    /** With it an order would fail; else it would wait, or is worth knowing. */
    isObstacle: z.boolean(),
    text: z.string(),
  })
  .meta({ id: 'ProvisioningFinding' });

export const dryRunSchema = z
  .strictObject({
    /** No obstacle was found. What only a partner can say is known when it is asked in earnest. */
    wouldBegin: z.boolean(),
    findings: z.array(findingSchema),
    product: z
      .strictObject({
        productId: idSchema('product'),
        version: z.int(),
        sku: z.string(),
        title: z.string(),
        availability: z.union([availabilitySchema, z.null()]),
      })
      .nullable(),
    template: z
      .strictObject({ id: idSchema('template'), handle: z.string(), version: z.int(), title: z.string() })
      .nullable(),
    /** In the order in which they begin; those that wait for the same ones run side by side. */
    steps: z.array(
      z.strictObject({
        name: z.string(),
        title: z.string(),
        connector: z.string(),
        operation: z.string(),
        after: z.array(z.string()),
        /** `depends`: on what an earlier step leaves. */
        branch: z.enum(['taken', 'left_out', 'depends']),
        /** What an operator would be asked before; null: nothing. */
        approval: z.string().nullable(),
        /** As mapped; what may be secret or personal is masked, what an earlier step leaves is named by its pointer. */
        inputs: z.record(z.string(), z.unknown()),
        /** What would be asked of whom; null: not known before earlier steps are done. */
        explanation: z.string().nullable(),
        undo: z.enum(['undone', 'none']),
        expected: z.strictObject({ halfWithinSeconds: z.int(), mostWithinSeconds: z.int() }).nullable(),
      }),
    ),
    /** Of the whole; null: nobody had one of these before. */
    expected: z.strictObject({ halfWithinSeconds: z.int(), mostWithinSeconds: z.int() }).nullable(),
  })
  .meta({ id: 'ProvisioningDryRun' });
export type DryRun = z.infer<typeof dryRunSchema>;
export type DryRunStep = DryRun['steps'][number];
