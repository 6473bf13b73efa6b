import { z } from 'zod';
import { GIFT_CARDS_MAX } from '#shared/domain/gift-card.ts';
import { moneySchema } from '#shared/money/money.ts';
import { addressSchema } from '#shared/domain/address.ts';
import { bindInputSchema, provisionInputSchema } from './broker/requests.ts';
import { shipInputSchema } from './fulfilment/request.ts';
import { nameSchema } from '../templates/template.ts';
import { sendMailSchema } from './mail-input.ts';
import { publishSchema } from './queue/request.ts';
import { httpCallSchema } from './http-request.ts';

/**
 * What connectors can do, as a template names it (`<connector>.<operation>`): the input of each operation and what it
 * leaves for later steps and the delivery. Pure contracts; the other files of this folder carry them out.
 */
export interface OperationContract {
  /** For staff. */
  title: string;
  /** It makes, grants or sends something. */
  isEffectful: boolean;
  /** What it did can be taken back. */
  isUndoable: boolean;
  /** It may end after the call has been answered. */
  endsLater: boolean;
  input: z.ZodType;
  output: z.ZodType;
}

export const OPERATIONS = {
  'licence-key.issue': {
    title: 'Issue licence keys of our own',
    isEffectful: true,
    isUndoable: true,
    endsLater: false,
    input: z.strictObject({ quantity: z.int().min(1), activationsMax: z.int().min(1) }),
    output: z.strictObject({ keys: z.array(z.string()) }),
  },
  'licence-key.sign': {
    title: 'Sign licence keys that are checked without us',
    isEffectful: true,
    isUndoable: true,
    endsLater: false,
    input: z.strictObject({
      quantity: z.int().min(1).max(1_000),
      activationsMax: z.int().min(1),
      /** Days from when it is made; null: for ever. */
      validDays: z.int().min(1).nullable().default(null),
      /** What the program reads: names of what is switched on. */
      features: z.array(z.string().min(1).max(60)).max(20).default([]),
    }),
    output: z.strictObject({ keys: z.array(z.string()) }),
  },
  'licence-pool.take': {
    title: 'Take licence keys of others from a pool',
    isEffectful: true,
    isUndoable: true,
    endsLater: false,
    input: z.strictObject({
      pool: nameSchema,
      quantity: z.int().min(1).max(1_000),
      activationsMax: z.int().min(1).default(1),
    }),
    output: z.strictObject({ keys: z.array(z.string()) }),
  },
  'gift-card.issue': {
    title: 'Make gift cards of our own, which the payments worker keeps',
    isEffectful: true,
    isUndoable: true,
    endsLater: false,
    input: z.strictObject({
      quantity: z.int().min(1).max(GIFT_CARDS_MAX),
      /** What each is worth. */
      value: moneySchema,
      /** Days from delivery; null: for ever. */
      validDays: z.int().min(1).nullable().default(null),
      /** To whom they are sent; null: whoever bought them is shown the codes, and nobody is sent any. */
      recipientEmail: z.string().max(254).nullable().default(null),
      recipientName: z.string().max(80).nullable().default(null),
      senderName: z.string().max(80).nullable().default(null),
      message: z.string().max(500).nullable().default(null),
      /** A day, `2026-12-24`; null: as soon as they are paid. */
      deliverOn: z.string().max(10).nullable().default(null),
    }),
    output: z.strictObject({ codes: z.array(z.string()), cardIds: z.array(z.string()) }),
  },
  'download.check': {
    title: 'See that a file is there',
    isEffectful: false,
    isUndoable: false,
    endsLater: false,
    input: z.strictObject({ objectKey: z.string().min(1) }),
    output: z.strictObject({ bytes: z.int() }),
  },
  'download.entitle': {
    title: 'Allow downloads of a file',
    isEffectful: true,
    isUndoable: true,
    endsLater: false,
    input: z.strictObject({
      objectKey: z.string().min(1),
      fileName: z.string().min(1),
      downloadsMax: z.int().min(1),
      /** `newest`: whatever replaces the file; `own`: the file as it is when it is bought. */
      versions: z.enum(['newest', 'own']).default('newest'),
    }),
    output: z.strictObject({ downloadsMax: z.int() }),
  },
  'partner.order-service': {
    title: 'Order a service from the partner',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: z.strictObject({
      reference: z.string().min(1),
      plan: z.string().min(1),
      parameters: z.record(z.string(), z.unknown()),
      quantity: z.int().min(1),
    }),
    output: z.object({
      accessUrl: z.url({ protocol: /^https?$/ }),
      username: z.string().max(500),
      password: z.string().max(500),
      expiresAt: z.iso
        .datetime({ offset: true })
        .nullish()
        .transform((at) => at ?? null),
    }),
  },
  'partner.order-shipment': {
    title: 'Hand a parcel to the fulfilment partner',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: z.strictObject({
      reference: z.string().min(1),
      address: addressSchema,
      weightGrams: z.int().min(0),
      sku: z.string().min(1),
      title: z.string(),
      quantity: z.int().min(1),
    }),
    output: z.object({ carrier: z.string().min(1).max(100), trackingCode: z.string().min(1).max(200) }),
  },
  'http.call': {
    title: 'Call a partner by HTTP',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: httpCallSchema,
    output: z.looseObject({}),
  },
  'fulfilment.ship': {
    title: 'Have a fulfilment partner send goods',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: shipInputSchema,
    output: z.strictObject({
      /** Of the first parcel; all are the instance's `shipments`. */
      carrier: z.string(),
      trackingCode: z.string(),
      parcels: z.int(),
    }),
  },
  'queue.publish': {
    title: 'Send a message to a queue',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: publishSchema,
    output: z.looseObject({}),
  },
  'mail.send': {
    title: 'Deliver by e-mail',
    isEffectful: true,
    isUndoable: false,
    endsLater: false,
    input: sendMailSchema,
    output: z.strictObject({ sentTo: z.string() }),
  },
  'broker.provision': {
    title: 'Provision a service instance at a service broker',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: provisionInputSchema,
    output: z.strictObject({
      /** Its id at the broker: for `broker.bind`. */
      serviceInstance: z.string(),
      dashboardUrl: z.string().nullable(),
    }),
  },
  'broker.bind': {
    title: 'Have a service broker give credentials for a service instance',
    isEffectful: true,
    isUndoable: true,
    endsLater: true,
    input: bindInputSchema,
    output: z.strictObject({
      bindingId: z.string(),
      credentials: z.record(z.string(), z.unknown()),
      expiresAt: z.string().nullable(),
    }),
  },
  'human-task.ask': {
    title: 'Ask a person, and go on with what is answered',
    isEffectful: false,
    isUndoable: false,
    endsLater: false,
    input: z.strictObject({
      of: z.enum(['customer', 'operator']),
      instructions: z.string().min(1).max(2_000),
      /** JSON Schema (2020-12) of the answer. */
      fields: z.record(z.string(), z.unknown()),
    }),
    output: z.looseObject({}),
  },
} as const satisfies Record<string, OperationContract>;
export type OperationName = keyof typeof OPERATIONS;
export type OperationInput<Name extends OperationName> = z.infer<(typeof OPERATIONS)[Name]['input']>;

export const operationNameSchema = z.enum(Object.keys(OPERATIONS) as [OperationName, ...OperationName[]]);
export const contractOf = (name: OperationName): OperationContract => OPERATIONS[name];

/** The operation a step names; null: there is none. */
export function operationOf(step: { connector: string; operation: string }): OperationName | null {
  const found = operationNameSchema.safeParse(`${step.connector}.${step.operation}`);
  return found.success ? found.data : null;
}

/**
 * What these make is ours: rows of our own say that it exists, and whoever checks it asks them. An output that was stated
 * in place of theirs would be shown to its owner and known to nobody.
 */
export const OWN_GOODS: ReadonlySet<OperationName> = new Set([
  'licence-key.issue',
  'licence-key.sign',
  'licence-pool.take',
  'gift-card.issue',
  'download.entitle',
] as const);

/** As JSON Schema (2020-12): for the check of templates and for whoever writes one. */
export const inputJsonSchema = (name: OperationName): Record<string, unknown> =>
  z.toJSONSchema(contractOf(name).input, { io: 'input', unrepresentable: 'any' });
export const outputJsonSchema = (name: OperationName): Record<string, unknown> =>
  z.toJSONSchema(contractOf(name).output, { io: 'output', unrepresentable: 'any' });
