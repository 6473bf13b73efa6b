import { z } from 'zod';

export const putLicencePoolSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200),
    /** Staff is told when fewer keys are left. */
    lowAt: z.int().min(0).max(1_000_000).default(10),
    /** What becomes of a key nobody saw when its line is taken back; one that was seen is never sold again. */
    afterUndo: z.enum(['return', 'burn']).default('return'),
  })
  .meta({ id: 'PutLicencePool' });

export const licencePoolSchema = z
  .strictObject({
    handle: z.string(),
    title: z.string(),
    lowAt: z.int(),
    afterUndo: z.enum(['return', 'burn']),
    free: z.int(),
    taken: z.int(),
    burnt: z.int(),
    /** Since when it hands out nothing, until staff releases it; null: it does. */
    heldAt: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'LicencePool' });
export type LicencePool = z.infer<typeof licencePoolSchema>;

export const keyUploadSchema = z
  .strictObject({
    added: z.int(),
    /** They are in this pool or another already. */
    known: z.int(),
    /** Lines that are empty apart from spaces count as nothing. */
    free: z.int(),
  })
  .meta({ id: 'KeyUpload' });
export type KeyUpload = z.infer<typeof keyUploadSchema>;

export const burntKeysSchema = z
  .strictObject({
    /** Never handed out from now on: they were free, or no pool knew them. */
    burnt: z.int(),
    /** A line holds them, they were burnt before, or they are in another pool; they stay as they are. */
    left: z.int(),
    free: z.int(),
  })
  .meta({ id: 'BurntKeys' });
export type BurntKeys = z.infer<typeof burntKeysSchema>;
