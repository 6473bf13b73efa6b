import { z } from 'zod';

/** Names a feature, a limit or a meter, e.g. `export.pdf`. */
export const entitlementNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,59}$/, 'must be a small letter, then at most 59 of a–z, 0–9, ., _ and -');

export const METER_PERIODS = ['day', 'month', 'year', 'never'] as const;
export type MeterPeriod = (typeof METER_PERIODS)[number];

export const meterSchema = z
  .strictObject({
    name: entitlementNameSchema,
    /** A unit bought gives this much a period; null: it is counted without an end. */
    limit: z.int().min(0).max(1_000_000_000_000).nullable(),
    /** When it begins again at nothing: by the calendar, in UTC. */
    period: z.enum(METER_PERIODS),
  })
  .meta({ id: 'Meter' });

const fields = {
  features: z.array(entitlementNameSchema).max(100),
  /** Static figures an application holds itself to, e.g. `{"projects": 10}`. */
  limits: z.record(entitlementNameSchema, z.int().min(0).max(1_000_000_000_000)),
  /** Devices at once that one key, or one unit, may be activated on; null: any number. */
  seats: z.int().min(1).max(100_000).nullable(),
  /** Floating use: so many at once, each for so long after its last heartbeat. Null: none is leased. */
  leases: z
    .strictObject({
      max: z.int().min(1).max(100_000),
      seconds: z
        .int()
        .min(30)
        .max(31 * 86_400),
    })
    .nullable(),
  meters: z
    .array(meterSchema)
    .max(20)
    .refine((meters) => new Set(meters.map(({ name }) => name)).size === meters.length, 'each name once'),
  /** Days of validity from activation; null: for ever. */
  validDays: z.int().min(1).max(36_500).nullable(),
};

/** What one unit of a product entitles to, as its variant (its plan) says it, or its template. */
export const statedEntitlementsSchema = z.strictObject(fields).partial().meta({ id: 'Entitlements' });
export type StatedEntitlements = z.infer<typeof statedEntitlementsSchema>;
/** The same as an instance keeps it from when it was bought. */
export const entitlementsSchema = z.strictObject(fields).meta({ id: 'OwnedEntitlements' });
export type Entitlements = z.infer<typeof entitlementsSchema>;

/**
 * What an instance of this product entitles to: as the product says, else as its template does; seats and days of a licence
 * key stand in its fulfilment as well. Pure.
 */
export function entitlementsOf(
  fulfilment: {
    entitlements?: StatedEntitlements | undefined;
    activationsMax?: number | undefined;
    validDays?: number | null | undefined;
  },
  ofTemplate: StatedEntitlements | null,
): Entitlements {
  const said = fulfilment.entitlements ?? ofTemplate ?? {};
  return {
    features: said.features ?? [],
    limits: said.limits ?? {},
    seats: said.seats ?? fulfilment.activationsMax ?? null,
    leases: said.leases ?? null,
    meters: said.meters ?? [],
    validDays: fulfilment.validDays ?? said.validDays ?? null,
  };
}

/** What one can look for an instance by: the attributes of its configuration that its product marked, as text. Pure. */
export function attributesOf(
  fulfilment: { indexed?: string[] | undefined; parameters?: Record<string, unknown> | undefined },
  customisation: Record<string, unknown>,
): Record<string, string> {
  const found = (fulfilment.indexed ?? []).flatMap((name) => {
    const value = customisation[name] ?? fulfilment.parameters?.[name];
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isPlain ? [[name, String(value).slice(0, ATTRIBUTE_LENGTH_MAX)] as const] : [];
  });
  return Object.fromEntries(found);
}
export const ATTRIBUTE_LENGTH_MAX = 200;

/** What is owned, counted over all its units, for whoever counts. The greatest revision is the newest. */
export const termsSchema = z.strictObject({
  revision: z.int().min(1),
  units: z.int().min(1),
  /** Of each unit. */
  seats: z.int().min(1).nullable(),
  /** `max`: of each unit. */
  leases: z.strictObject({ max: z.int().min(1), seconds: z.int().min(1) }).nullable(),
  /** `limit`: of all units together. */
  meters: z.array(
    z.strictObject({ name: z.string(), limit: z.int().nullable(), period: z.enum(METER_PERIODS) }),
  ),
});
export type Terms = z.infer<typeof termsSchema>;

/** Pure. */
export const termsOf = (
  { seats, leases, meters }: Entitlements,
  { units, revision }: { units: number; revision: number },
): Terms => ({
  revision,
  units,
  seats,
  leases,
  meters: meters.map((meter) => ({
    ...meter,
    limit: meter.limit === null ? null : meter.limit * units,
  })),
});

/** When the period that holds `at` began and ends, milliseconds since the epoch; one that never ends ends at null. Pure. */
export function periodOf(period: MeterPeriod, at: number): { startsAt: number; endsAt: number | null } {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (period) {
    case 'day':
      return { startsAt: Date.UTC(year, month, day), endsAt: Date.UTC(year, month, day + 1) };
    case 'month':
      return { startsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) };
    case 'year':
      return { startsAt: Date.UTC(year, 0), endsAt: Date.UTC(year + 1, 0) };
    case 'never':
      return { startsAt: 0, endsAt: null };
  }
}
