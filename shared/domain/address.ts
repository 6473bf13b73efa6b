import { z } from 'zod';

export const countrySchema = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code');
export const regionSchema = z
  .string()
  .regex(/^[A-Z0-9]{1,3}$/, 'must be the second part of an ISO 3166-2 code');

/** As it stands on a label: one line, without signs nobody can see. */
const oneLine = (text: string): string => text.toWellFormed().replaceAll(/\p{Cc}+/gu, ' ');
const lineSchema = (max: number) => z.string().overwrite(oneLine).trim().max(max);

/** Postal address of a parcel. `country` is ISO 3166-1 alpha-2. */
export const addressSchema = z
  .strictObject({
    name: lineSchema(200).min(1),
    line1: lineSchema(200).min(1),
    line2: lineSchema(200).default(''),
    postalCode: lineSchema(20).min(1),
    city: lineSchema(100).min(1),
    /** The part of an ISO 3166-2 code after the hyphen, where taxes or shipping depend on it: `CA`, `ON`. */
    region: regionSchema.optional(),
    country: countrySchema,
  })
  .meta({ id: 'Address' });
export type Address = z.infer<typeof addressSchema>;
