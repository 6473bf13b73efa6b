import { z } from 'zod';
import { entitlementNameSchema, entitlementsSchema, METER_PERIODS } from '#shared/domain/entitlements.ts';
import { idSchema } from '#shared/ids/ids.ts';

/** What a check answers, and why anything else is refused. */
export const ENTITLEMENT_CODES = {
  VALID: 'It may be used',
  UNKNOWN: 'There is no such licence, or it is not yours to ask about',
  REVOKED: 'It was taken back',
  SUSPENDED: 'Its use is suspended for now',
  NOT_STARTED: 'Its time has not come',
  EXPIRED: 'Its time is over',
  PRODUCT_MISMATCH: 'It is of another product',
  FEATURE_MISSING: 'It does not include a feature, or a meter, that was asked for',
  NOT_ACTIVATED: 'The device has no seat; one is free',
  TOO_MANY_ACTIVATIONS: 'The device has no seat, and none is free',
  NOT_LEASED: 'The device has no lease; one is free',
  TOO_MANY_LEASES: 'The device has no lease and none is free, or there are fewer by now than came before it',
  LEASE_EXPIRED: 'The lease was not renewed in time',
  LEASES_MISSING: 'It is not for floating use',
  USAGE_EXCEEDED: 'The meter has not as much left',
} as const;
export type EntitlementCode = keyof typeof ENTITLEMENT_CODES;
export const entitlementCodeSchema = z
  .enum(Object.keys(ENTITLEMENT_CODES) as [EntitlementCode, ...EntitlementCode[]])
  .meta({
    id: 'EntitlementCode',
    description: Object.entries(ENTITLEMENT_CODES)
      .map(([code, text]) => `\`${code}\`: ${text}`)
      .join('; '),
  });

export const licenceKeySchema = z.string().trim().min(8).max(2_000);
export const fingerprintSchema = z
  .string()
  .min(1)
  .max(300)
  .meta({ description: 'What tells one device from another; kept as its SHA-256 alone' });

/** Which licence: whoever holds its key may ask about it; by its instance its owner may, and the merchant’s service. */
const subject = {
  licenceKey: licenceKeySchema.optional(),
  instanceId: idSchema('instance').optional(),
};
type Subject = { licenceKey?: string | undefined; instanceId?: string | undefined };
const namesOne = ({ licenceKey, instanceId }: Subject): boolean =>
  (licenceKey === undefined) !== (instanceId === undefined);
const ONE = { message: 'either `licenceKey` or `instanceId`', path: ['licenceKey'] };

const device = z.strictObject({
  fingerprint: fingerprintSchema,
  name: z.string().trim().max(100).default(''),
});

export const checkEntitlementSchema = z
  .strictObject({
    ...subject,
    /** Refuses licences of other products. */
    productId: idSchema('product').optional(),
    features: z.array(entitlementNameSchema).max(20).default([]),
    fingerprint: fingerprintSchema.optional(),
    /** Asks whether so much is left, and counts nothing. */
    usage: z
      .strictObject({ meter: entitlementNameSchema, amount: z.int().min(1).max(1_000_000_000).default(1) })
      .optional(),
  })
  .refine(namesOne, ONE)
  .meta({ id: 'CheckEntitlement' });
export const deviceOfLicenceSchema = z
  .strictObject({ ...subject, device })
  .refine(namesOne, ONE)
  .meta({ id: 'DeviceOfLicence' });
export const giveUpDeviceSchema = z
  .strictObject({ ...subject, fingerprint: fingerprintSchema })
  .refine(namesOne, ONE)
  .meta({ id: 'GiveUpDevice' });
export const heartbeatSchema = z
  .strictObject({ ...subject, leaseId: idSchema('lease') })
  .refine(namesOne, ONE)
  .meta({ id: 'Heartbeat' });
export const countUsageSchema = z
  .strictObject({
    ...subject,
    meter: entitlementNameSchema,
    amount: z.int().min(1).max(1_000_000_000).default(1),
  })
  .refine(namesOne, ONE)
  .meta({ id: 'CountUsage' });

const unit = z.int().meta({ description: 'Which key of the instance, from 0' });
export const activationSchema = z
  .strictObject({
    id: idSchema('activation'),
    unit,
    name: z.string(),
    activatedAt: z.iso.datetime(),
    seenAt: z.iso.datetime(),
  })
  .meta({ id: 'Activation' });
export const leaseSchema = z
  .strictObject({
    id: idSchema('lease'),
    unit,
    name: z.string(),
    leasedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().meta({ description: 'Unless renewed before' }),
  })
  .meta({ id: 'Lease' });
export const meterStateSchema = z
  .strictObject({
    name: z.string(),
    period: z.enum(METER_PERIODS),
    used: z.int(),
    limit: z.int().nullable().meta({ description: 'Null: none' }),
    resetsAt: z.iso.datetime().nullable().meta({ description: 'Null: never' }),
  })
  .meta({ id: 'MeterState' });

/** What is owned, and since and until when. */
export const licenceSchema = z
  .strictObject({
    instanceId: idSchema('instance'),
    productId: idSchema('product'),
    variantId: idSchema('variant'),
    sku: z.string(),
    title: z.string(),
    units: z.int(),
    entitlements: entitlementsSchema,
    startsAt: z.iso.datetime().nullable(),
    expiresAt: z.iso.datetime().nullable().meta({ description: 'Null: never' }),
  })
  .meta({ id: 'Licence' });

export const entitlementVerdictSchema = z
  .strictObject({
    code: entitlementCodeSchema,
    valid: z.boolean(),
    /** For people. */
    detail: z.string(),
    licence: z.union([licenceSchema, z.null()]).meta({ description: 'Null: unknown' }),
    activation: z.union([activationSchema, z.null()]),
    lease: z.union([leaseSchema, z.null()]),
    meter: z.union([meterStateSchema, z.null()]).meta({ description: 'The one that was asked about' }),
    consistency: z.enum(['cached', 'strong']),
    /** As of when. */
    checkedAt: z.iso.datetime(),
  })
  .meta({ id: 'EntitlementVerdict' });
export type EntitlementVerdict = z.infer<typeof entitlementVerdictSchema>;

export const instanceUseSchema = z
  .strictObject({
    activations: z.array(activationSchema),
    leases: z.array(leaseSchema),
    meters: z.array(meterStateSchema),
  })
  .meta({ id: 'InstanceUse' });
export type InstanceUseView = z.infer<typeof instanceUseSchema>;
