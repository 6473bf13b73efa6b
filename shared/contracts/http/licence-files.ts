import { z } from 'zod';
import { entitlementsSchema } from '#shared/domain/entitlements.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { fingerprintSchema, licenceKeySchema } from './entitlements.ts';

/** `typ` in the header of a licence file. */
export const LICENCE_FILE_TYPE = 'licence+jwt';

/** What a licence file says (RFC 7519). Times of registered claims are seconds since the epoch. */
export const licenceFileClaimsSchema = z.strictObject({
  iss: z.string(),
  /** The instance. */
  sub: idSchema('instance'),
  /** The product. */
  aud: idSchema('product'),
  jti: idSchema('licenceFile'),
  iat: z.int(),
  nbf: z.int(),
  exp: z.int(),
  sku: z.string(),
  units: z.int(),
  entitlements: entitlementsSchema,
  /** RFC 3339; null: never. */
  licenceExpiresAt: z.iso.datetime().nullable(),
  /** SHA-256, hexadecimal, of the fingerprint of the one device it is for; null: any. */
  device: z.string().nullable(),
});
export type LicenceFileClaims = z.infer<typeof licenceFileClaimsSchema>;

export const LICENCE_FILE_DAYS = { max: 365, default: 30 } as const;
export const makeLicenceFileSchema = z
  .strictObject({
    licenceKey: licenceKeySchema.optional(),
    instanceId: idSchema('instance').optional(),
    /** The device it is for; of a licence with seats it must have one. */
    fingerprint: fingerprintSchema.optional(),
    activationId: idSchema('activation').optional(),
    days: z.int().min(1).max(LICENCE_FILE_DAYS.max).default(LICENCE_FILE_DAYS.default),
  })
  .refine(({ licenceKey, instanceId }) => (licenceKey === undefined) !== (instanceId === undefined), {
    message: 'either `licenceKey` or `instanceId`',
    path: ['licenceKey'],
  })
  .refine(({ fingerprint, activationId }) => fingerprint === undefined || activationId === undefined, {
    message: 'not both `fingerprint` and `activationId`',
    path: ['activationId'],
  })
  .meta({ id: 'MakeLicenceFile' });

export const licenceFileSchema = z
  .strictObject({
    /** A compact JWS (RFC 7515), signed with Ed25519. */
    file: z.string(),
    fileName: z.string(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'LicenceFile' });

export const licenceKeySetSchema = z
  .strictObject({
    keys: z.array(
      z
        .strictObject({
          kty: z.literal('OKP'),
          crv: z.literal('Ed25519'),
          x: z.string(),
          kid: z.string(),
          alg: z.literal('EdDSA'),
          use: z.literal('sig'),
        })
        .meta({ id: 'LicenceSigningKey' }),
    ),
  })
  .meta({ id: 'LicenceKeySet', description: 'The first signs' });
