import { z } from 'zod';
import { deliveredKindSchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';

/** A template as lists show it. */
export const templateSummarySchema = z
  .strictObject({
    id: idSchema('template'),
    /** Its name for people and for `POST`: never changes. */
    handle: z.string(),
    status: z.enum(['active', 'archived']),
    title: z.string(),
    kind: deliveredKindSchema,
    currentVersion: z.int().min(1),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ProvisioningTemplateSummary' });
export type TemplateSummary = z.infer<typeof templateSummarySchema>;

/** One version of a template, as lists show it. */
export const templateVersionSchema = z
  .strictObject({
    version: z.int().min(1),
    note: z.string(),
    /** Whose account; null: it came with the shop. */
    writtenBy: idSchema('user').nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ProvisioningTemplateVersion' });
