import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';

/** Why a product became what it is; `kept`: it was so when versions began to be kept. */
export const versionReasonSchema = z
  .enum(['kept', 'request', 'restore', 'schedule', 'import', 'bulk_edit'])
  .meta({ id: 'ProductVersionReason' });

export const productVersionHeadSchema = z
  .strictObject({
    version: z.int().min(1),
    at: z.iso.datetime(),
    /** Who made it; null: nobody in person, as for what was scheduled. */
    actorId: z.string().nullable(),
    reason: versionReasonSchema,
    /** The import or bulk edit that made it. */
    jobId: idSchema('catalogueJob').nullable(),
    /** The version it was made from, when one was restored. */
    restoredFrom: z.int().min(1).nullable(),
    requestId: z.string(),
    /** RFC 6901 pointers of what it changed, at most 50; null: the version before it is not kept. */
    changed: z.array(z.string()).nullable(),
  })
  .meta({ id: 'ProductVersionHead' });
export type ProductVersionHead = z.infer<typeof productVersionHeadSchema>;

export const productVersionPageSchema = z
  .strictObject({ items: z.array(productVersionHeadSchema), next: z.string().nullable() })
  .meta({ id: 'ProductVersionPage' });

export const fieldChangeSchema = z
  .strictObject({
    /** RFC 6901, into the product as `POST /v1/products` takes it. */
    pointer: z.string(),
    /** Left out: it was not there. */
    from: z.unknown().optional(),
    /** Left out: it is not there any more. */
    to: z.unknown().optional(),
  })
  .meta({ id: 'FieldChange' });
export type FieldChange = z.infer<typeof fieldChangeSchema>;

export const productVersionSchema = productVersionHeadSchema
  .extend({
    changes: z.array(fieldChangeSchema).nullable(),
    /** The product as `POST /v1/products` took it then; quantities on hand are not kept. */
    statement: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ProductVersion' });
export type ProductVersion = z.infer<typeof productVersionSchema>;
