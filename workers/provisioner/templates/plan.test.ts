import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fulfilmentSchema, type Fulfilment } from '#shared/domain/product.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { templateOf, templateQueries } from '../queries/templates.ts';
import { buildPlan as planOf, planSchema } from './plan.ts';
import type { LineFacts } from './scope.ts';
import type { Template } from './template.ts';

/** As the migrations load them, by handle. */
const TEMPLATES = new Map<string, Template>();
beforeAll(async () => {
  await migrateDatabases();
  const filter = { status: 'active', after: '', limit: 10 } as const;
  for (const row of await templateQueries(workerEnv<Env>().STORE_DB).list(filter))
    TEMPLATES.set(row.template.handle, templateOf(row));
});
const buildPlan = (line: Parameters<typeof planOf>[1]) => {
  const { template = 'licence-key' } = (line.fulfilment ?? {}) as { template?: string };
  const found = TEMPLATES.get(template) ?? TEMPLATES.get('licence-key');
  if (found === undefined) throw new Error('the usual templates are not there');
  return planOf(found, line);
};

const address = { name: 'A', line1: 'B', line2: '', postalCode: '1', city: 'C', country: 'DE' };
const fulfilments: fc.Arbitrary<Fulfilment> = fc.oneof(
  fc.record({
    template: fc.constant('licence-key' as const),
    activationsMax: fc.integer({ min: 1, max: 100_000 }),
    validDays: fc.option(fc.integer({ min: 1, max: 36_500 })),
  }),
  fc.record({
    template: fc.constant('download' as const),
    objectKey: fc.stringMatching(/^[\w./-]{1,50}$/),
    fileName: fc.string({ minLength: 1, maxLength: 200 }),
    downloadsMax: fc.integer({ min: 1, max: 10_000 }),
  }),
  fc.record({
    template: fc.constant('partner-service' as const),
    plan: fc.string({ minLength: 1, maxLength: 100 }),
    validDays: fc.option(fc.integer({ min: 1, max: 36_500 })),
  }),
  fc.record({
    template: fc.constant('parcel' as const),
    weightGrams: fc.integer({ min: 0, max: 1_000_000 }),
  }),
);
const lines = fc.record({
  fulfilment: fulfilments,
  quantity: fc.integer({ min: 1, max: 10_000 }),
  customisation: fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<unknown>),
});
const lineWith = (part: Partial<LineFacts>): LineFacts => ({
  orderId: newId('order'),
  orderNumber: 'TP-1',
  customerId: newId('user'),
  productId: newId('product'),
  productVersion: 1,
  variantId: newId('variant'),
  variantTitle: 'V',
  lineId: newId('line'),
  instanceId: newId('instance'),
  sku: 'S',
  title: 'T',
  quantity: 1,
  customisation: {},
  fulfilment: {},
  shippingAddress: address,
  ...part,
});

describe('a plan', () => {
  it('can be made for every line that can be ordered, the same each time', () => {
    fc.assert(
      fc.property(lines, (part) => {
        const line = lineWith(part);
        const plan = buildPlan(line);
        expect(plan).toMatchObject({
          ok: true,
          value: { template: TEMPLATES.get(part.fulfilment.template)?.id },
        });
        expect(buildPlan(line)).toEqual(plan);
        const kept = planSchema.safeParse(JSON.parse(JSON.stringify(plan.ok ? plan.value : null)));
        expect({ ok: kept.success, value: kept.data }).toEqual(plan);
      }),
    );
  });

  it('gives each step of each line a key of its own, and keeps nothing personal', () => {
    fc.assert(
      fc.property(fulfilments, (fulfilment) => {
        const made = ['a', 'b'].map(() => {
          const plan = buildPlan(lineWith({ fulfilment, customisation: { note: 'for Alice' } }));
          if (!plan.ok) throw new Error(plan.error.code);
          return plan.value;
        });
        const keys = made.flatMap(({ steps }) => steps.map(({ idempotencyKey }) => idempotencyKey));
        expect(new Set(keys).size).toBe(keys.length);
        expect(JSON.stringify(made)).not.toContain('Alice');
      }),
    );
  });

  it('is refused, never thrown, for a fulfilment of any other shape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (fulfilment) => {
        fc.pre(!fulfilmentSchema.safeParse(fulfilment).success);
        const plan = buildPlan({ ...lineWith({}), fulfilment });
        expect(plan).toMatchObject({ ok: false, error: { code: 'invalid_fulfilment' } });
      }),
    );
  });

  it('of a parcel needs an address', () => {
    const line = lineWith({ fulfilment: { template: 'parcel', weightGrams: 1 }, shippingAddress: null });

    expect(buildPlan(line)).toMatchObject({ ok: false, error: { code: 'address_missing' } });
  });
});
