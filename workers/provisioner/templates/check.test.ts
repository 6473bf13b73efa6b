import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { templateOf, templateQueries } from '../queries/templates.ts';
import { templateFaults } from './check.ts';
import { holds } from './condition.ts';
import { resolveMapping, resolveMappings } from './mapping.ts';
import { planSchema } from './plan.ts';
import { templateDocumentSchema } from './template.ts';

beforeAll(migrateDatabases);

const POLICY = { retry: { limit: 1, delaySeconds: 1, backoff: 'constant' }, timeoutSeconds: 10 };
const CHECK = {
  ...POLICY,
  name: 'look',
  title: 'Looking',
  connector: 'download',
  operation: 'check',
  inputs: { objectKey: { value: 'a.txt' } } as Record<string, unknown>,
  undo: { none: 'It only looks.' } as object,
  exhausted: { code: 'away', text: 'Away.' },
};
const KEYS = {
  ...CHECK,
  name: 'keys',
  connector: 'licence-key',
  operation: 'issue',
  inputs: { quantity: { from: '/line/quantity' }, activationsMax: { value: 3 } } as Record<string, unknown>,
  undo: POLICY as object,
};
const DELIVERY = {
  type: 'licence-key',
  fields: {
    keys: { from: '/results/keys/keys' },
    activationsMax: { value: 3 },
    validDays: { value: null },
  } as Record<string, unknown>,
};
const documentOf = (steps: object[], more: object = {}) =>
  templateDocumentSchema.parse({ title: 'T', kind: 'licence', steps, delivery: DELIVERY, ...more });
const faultsOf = (steps: object[], more: object = {}) =>
  templateFaults(documentOf(steps, more)).map(({ pointer, detail }) => `${pointer} ${detail}`);
const FROM_LOOK = { quantity: { from: '/results/look/bytes' }, activationsMax: { value: 1 } };

describe('a template is checked as a whole when it is saved:', () => {
  it('the usual ones pass', async () => {
    const rows = await templateQueries(workerEnv<Env>().STORE_DB).list({
      status: 'active',
      after: '',
      limit: 10,
    });
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(templateFaults(templateOf(row).document)).toEqual([]);
  });

  it.each<[string, object[], object, string[]]>([
    ['one that is right', [CHECK, { ...KEYS, after: ['look'], inputs: FROM_LOOK }], {}, []],
    ['a name used twice', [KEYS, KEYS], {}, ['/steps/1/name is the name of another step']],
    [
      'a wait for nobody',
      [{ ...KEYS, after: ['x'] }],
      {},
      ['/steps/0/after/0 names no step of this template'],
    ],
    [
      'a circle',
      [
        { ...KEYS, after: ['look'] },
        { ...CHECK, after: ['keys'] },
      ],
      {},
      ['/steps must not wait for one another'],
    ],
    [
      'no such connector',
      [{ ...KEYS, connector: 'fax' }],
      {},
      ['/steps/0/operation fax.issue does not exist'],
    ],
    [
      'a result of a step that runs beside it',
      [CHECK, { ...KEYS, inputs: FROM_LOOK }],
      {},
      ['/steps/1/inputs/quantity /results/look/bytes: the step has not ended by then; name it in `after`'],
    ],
    [
      'a result that the step does not leave',
      [
        CHECK,
        { ...KEYS, after: ['look'], inputs: { ...KEYS.inputs, quantity: { from: '/results/look/size' } } },
      ],
      {},
      ['/steps/1/inputs/quantity /results/look/size: download.check leaves no size'],
    ],
    [
      'a result of a step that may be left out',
      [
        { ...CHECK, when: { pointer: '/customisation/gift', present: true } },
        { ...KEYS, after: ['look'], inputs: FROM_LOOK },
      ],
      {},
      ['/steps/1/inputs/quantity needs a default: the step look may be left out'],
    ],
    [
      'inputs of the wrong kind, missing and unknown',
      [{ ...KEYS, inputs: { quantity: { from: '/line/title' }, colour: { value: 1 } } }],
      {},
      [
        '/steps/0/inputs/activationsMax is required by the operation',
        '/steps/0/inputs/quantity is string, and must be integer',
        '/steps/0/inputs/colour is no input of the operation',
      ],
    ],
    [
      'a pointer to nothing known of a line',
      [{ ...KEYS, inputs: { ...KEYS.inputs, quantity: { from: '/line/colour' } } }],
      {},
      ['/steps/0/inputs/quantity /line/colour is not known of a line'],
    ],
    [
      'an undo of what cannot be undone',
      [{ ...CHECK, undo: POLICY }, KEYS],
      {},
      ['/steps/0/undo must be `none`'],
    ],
    [
      'a delivery that another kind of product has',
      [KEYS],
      { kind: 'service' },
      ['/delivery/type is not what a product of kind service delivers'],
    ],
    [
      'a delivery that lacks a part',
      [KEYS],
      { delivery: { type: 'licence-key', fields: { keys: DELIVERY.fields['keys'] } } },
      [
        '/delivery/fields/activationsMax is part of what is delivered',
        '/delivery/fields/validDays is part of what is delivered',
      ],
    ],
    [
      'a parameter it does not have',
      [{ ...KEYS, inputs: { ...KEYS.inputs, quantity: { from: '/fulfilment/parameters/seats' } } }],
      { parameters: { type: 'object', properties: {}, additionalProperties: false } },
      ['/steps/0/inputs/quantity /fulfilment/parameters/seats is no parameter of this template'],
    ],
  ])('%s', (_what, steps, more, faults) => {
    expect(faultsOf(steps, more)).toEqual(faults);
  });

  it('an effect has an undo or says why none', () => {
    expect(
      templateDocumentSchema.safeParse({ ...documentOf([KEYS]), steps: [{ ...KEYS, undo: null }] }).success,
    ).toBe(false);
  });
});

describe('the mapping language', () => {
  const scope = {
    line: { title: 'Mug', quantity: 3 },
    customisation: { 'a/b': 'slash' },
    fulfilment: { weightGrams: 7, text: 'x' },
  };

  it('reaches own members only', () => {
    const mappings = {
      a: { from: '/line/constructor' },
      b: { from: '/customisation/__proto__' },
      c: { from: '/customisation/toString/name' },
    };
    expect(resolveMappings(mappings, scope)).toEqual({});
  });

  it.each([
    [{ from: '/line/quantity' }, 3],
    [{ from: '/customisation/a~1b' }, 'slash'],
    [{ from: '/customisation/none', default: ['x'] }, ['x']],
    [{ text: '${/line/quantity} × ${/line/title}' }, '3 × Mug'],
    [{ text: '${/line/colour}', default: 'no colour' }, 'no colour'],
    [{ text: '${/line}' }, undefined],
    [{ multiply: ['/fulfilment/weightGrams', '/line/quantity'] as [string, string] }, 21],
    [{ multiply: ['/fulfilment/text', '/line/quantity'] as [string, string] }, undefined],
    [{ object: { t: { from: '/line/title' }, none: { from: '/line/x' } } }, { t: 'Mug' }],
    [{ list: [{ value: 1 }, { from: '/line/quantity' }] }, [1, 3]],
  ])('gives for %j', (mapping, value) => {
    expect(resolveMapping(mapping, scope)).toEqual(value);
  });

  it.each([
    [{ pointer: '/line/quantity', equals: 3 }, true],
    [{ pointer: '/line/quantity', in: [1, 2] }, false],
    [{ pointer: '/line/colour', present: false }, true],
    [
      {
        all: [
          { pointer: '/line/quantity', equals: 3 },
          { pointer: '/line/title', equals: 'Cup' },
        ],
      },
      false,
    ],
    [
      {
        any: [
          { pointer: '/line/quantity', equals: 3 },
          { pointer: '/line/title', equals: 'Cup' },
        ],
      },
      true,
    ],
    [{ none: [{ pointer: '/line/title', equals: 'Cup' }] }, true],
  ])('decides %j', (condition, is) => {
    expect(holds(condition, scope)).toBe(is);
  });
});

it('a plan of an older release is read as what it meant, because it may still be undone', () => {
  const old = {
    template: 'parcel',
    version: 1,
    steps: [
      {
        ...POLICY,
        name: 'order-shipment',
        action: 'partner.order-shipment',
        inputs: {
          address: 'line.shippingAddress',
          weightGrams: { path: 'fulfilment.weightGrams', times: 'line.quantity' },
        },
        settle: { attempts: 3, waitSeconds: [5] },
        undo: POLICY,
        exhausted: { code: 'partner_unavailable', text: 'Away.' },
        idempotencyKey: 'o/l/order-shipment',
      },
      {
        ...POLICY,
        name: 'look',
        action: 'download.check',
        inputs: {},
        settle: null,
        undo: null,
        exhausted: { code: 'x', text: 'X.' },
        idempotencyKey: 'o/l/look',
      },
    ],
    delivery: { type: { literal: 'parcel' }, carrier: 'result.order-shipment.carrier' },
  };
  expect(planSchema.parse(old)).toMatchObject({
    steps: [
      {
        connector: 'partner',
        operation: 'order-shipment',
        inputs: {
          address: { from: '/line/shippingAddress' },
          weightGrams: { multiply: ['/fulfilment/weightGrams', '/line/quantity'] },
        },
        undo: POLICY,
      },
      { after: ['order-shipment'], undo: { none: 'It leaves nothing behind.' } },
    ],
    delivery: { type: 'parcel', fields: { carrier: { from: '/results/order-shipment/carrier' } } },
  });
});
