import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { fieldChangeSchema } from './product-versions.ts';

export const collectionVersionSchema = z
  .strictObject({
    collectionId: idSchema('collection'),
    version: z.int().min(1),
    at: z.iso.datetime(),
    /** Who made it; null: from before it was kept who did. */
    actorId: z.string().nullable(),
    /** `deleted`: what it was when it was taken away; `kept`: it was so when versions began to be kept. */
    reason: z.enum(['kept', 'request', 'restore', 'deleted']),
    /** The version it was made from, when one was restored. */
    restoredFrom: z.int().min(1).nullable(),
    requestId: z.string(),
    /** What it changed; null: the version before it is not kept. */
    changes: z.array(fieldChangeSchema).nullable(),
    /** As `POST /v1/collections` took it then. */
    statement: z.record(z.string(), z.unknown()).meta({ description: 'A `CollectionInput`' }),
  })
  .meta({ id: 'CollectionVersion' });
export type CollectionVersion = z.infer<typeof collectionVersionSchema>;

export const collectionVersionPageSchema = z
  .strictObject({ items: z.array(collectionVersionSchema), next: z.string().nullable() })
  .meta({ id: 'CollectionVersionPage' });
