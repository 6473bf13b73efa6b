import { z } from 'zod';

export const countrySchema = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code');
export const regionSchema = z
  .string()
  .regex(/^[A-Z0-9]{1,3}$/, 'must be the second part of an ISO 3166-2 code');

/** Postal address of a parcel. `country` is ISO 3166-1 alpha-2. */
export const addressSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    line1: z.string().trim().min(1).max(200),
    line2: z.string().trim().max(200).default(''),
    postalCode: z.string().trim().min(1).max(20),
    city: z.string().trim().min(1).max(100),
    /** The part of an ISO 3166-2 code after the hyphen, where taxes or shipping depend on it: `CA`, `ON`. */
    region: regionSchema.optional(),
    country: countrySchema,
  })
  .meta({ id: 'Address' });
export type Address = z.infer<typeof addressSchema>;
