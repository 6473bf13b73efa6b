import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fulfilmentSchema, type Fulfilment } from '#shared/domain/product.ts';
import { newId } from '#shared/ids/ids.ts';
import { actions } from './actions.ts';
import { storedDeliverySchema } from './delivery.ts';
import { buildPlan } from './plan.ts';
import { neededSteps, resolveSources, type LineFacts } from './resolve.ts';
import { planSchema } from './template.ts';
import { TEMPLATES } from './templates.ts';

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
        const plan = buildPlan(TEMPLATES, line);
        expect(plan).toMatchObject({ ok: true, value: { template: part.fulfilment.template } });
        expect(buildPlan(TEMPLATES, line)).toEqual(plan);
        const kept = planSchema.safeParse(JSON.parse(JSON.stringify(plan.ok ? plan.value : null)));
        expect({ ok: kept.success, value: kept.data }).toEqual(plan);
      }),
    );
  });

  it('gives each step of each line a key of its own, and keeps nothing personal', () => {
    fc.assert(
      fc.property(fulfilments, (fulfilment) => {
        const made = ['a', 'b'].map(() => {
          const plan = buildPlan(TEMPLATES, lineWith({ fulfilment, customisation: { note: 'for Alice' } }));
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
        const plan = buildPlan(TEMPLATES, { ...lineWith({}), fulfilment });
        expect(plan).toMatchObject({ ok: false, error: { code: 'invalid_fulfilment' } });
      }),
    );
  });

  it('of a parcel needs an address', () => {
    const line = lineWith({ fulfilment: { template: 'parcel', weightGrams: 1 }, shippingAddress: null });

    expect(buildPlan(TEMPLATES, line)).toMatchObject({ ok: false, error: { code: 'address_missing' } });
  });
});

describe.each(Object.values(TEMPLATES))('the template $name', (template) => {
  it('names each step once', () => {
    const names = template.steps.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('uses results only of earlier steps, and only what they bring', () => {
    for (const [index, step] of template.steps.entries()) {
      const earlier = template.steps.slice(0, index).map(({ name }) => name);
      expect(earlier).toEqual(expect.arrayContaining(Object.values(step.inputs).flatMap(neededSteps)));
    }
    const outputs = Object.fromEntries(
      template.steps.map(({ name, action }) => [name, Object.keys(actions[action].output.shape)]),
    );
    const used = Object.values(template.delivery)
      .map((source) => (typeof source === 'string' ? /^result\.([\w-]+)\.(\w+)$/.exec(source) : null))
      .filter((match) => match !== null);
    for (const [, step = '', field] of used) expect(outputs[step]).toContain(field);
  });

  it('can undo what leaves the house or is granted', () => {
    const granting = template.steps.filter(({ action }) => action !== 'download.check');
    expect(granting.map(({ undo }) => undo)).not.toContain(null);
  });

  it('delivers every field its kind of delivery has', () => {
    const schema = storedDeliverySchema.options.find(({ shape }) => shape.type.value === template.name);
    expect(Object.keys(template.delivery).toSorted()).toEqual(Object.keys(schema?.shape ?? {}).toSorted());
  });
});

describe('paths', () => {
  it('reach own members only', () => {
    const sources = { a: 'line.constructor', b: 'customisation.__proto__', c: 'customisation.toString.name' };

    expect(resolveSources(sources, lineWith({}), {})).toEqual({ a: undefined, b: undefined, c: undefined });
  });

  it('multiply numbers and nothing else', () => {
    const line = lineWith({ quantity: 3, fulfilment: { weightGrams: 7, text: 'x' } });
    const times = 'line.quantity';

    expect(
      resolveSources(
        { a: { path: 'fulfilment.weightGrams', times }, b: { path: 'fulfilment.text', times } },
        line,
        {},
      ),
    ).toEqual({ a: 21, b: undefined });
  });
});
