import { z } from 'zod';

/** Postal address of a parcel. `country` is ISO 3166-1 alpha-2. */
export const addressSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    line1: z.string().trim().min(1).max(200),
    line2: z.string().trim().max(200).default(''),
    postalCode: z.string().trim().min(1).max(20),
    city: z.string().trim().min(1).max(100),
    country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'),
  })
  .meta({ id: 'Address' });
export type Address = z.infer<typeof addressSchema>;
