import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import { deliveredKindSchema } from '#shared/domain/product.ts';
import { instanceSuspensionReasonSchema } from '#shared/domain/suspension.ts';
import { entitlementsSchema } from '#shared/domain/entitlements.ts';
import { shipmentSchema } from './shipments.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { moneySchema } from '#shared/money/money.ts';

/** What the customer received, by kind. Present once the instance is active. */
export const deliverySchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('licence-key'),
      keys: z.array(z.string()),
      activationsMax: z.int(),
      expiresAt: z.iso.datetime().nullable(),
    }),
    z.strictObject({
      type: z.literal('download'),
      fileName: z.string(),
      downloadsLeft: z.int(),
    }),
    z.strictObject({
      type: z.literal('partner-service'),
      accessUrl: z.string(),
      username: z.string(),
      /** Null: hidden; whoever owns it reveals it. */
      password: z.string().nullable(),
      expiresAt: z.iso.datetime().nullable(),
    }),
    z.strictObject({
      type: z.literal('parcel'),
      carrier: z.string(),
      trackingCode: z.string(),
      address: addressSchema,
    }),
    z.strictObject({
      type: z.literal('gift-card'),
      /** What each was worth when it was bought; what is left of one: `POST /v1/gift-cards/balance`. */
      value: moneySchema,
      expiresAt: z.iso.datetime().nullable(),
      cards: z.array(
        z.strictObject({
          id: idSchema('giftCard'),
          /** Null: hidden; whoever owns it reveals it. */
          code: z.string().nullable(),
        }),
      ),
    }),
    z.strictObject({
      type: z.literal('custom'),
      fields: z.array(
        z.strictObject({
          name: z.string(),
          label: z.string(),
          /** Null: a secret that is hidden. */
          value: z.string().nullable(),
          /** Not to be shown to whoever looks over a shoulder. */
          secret: z.boolean(),
        }),
      ),
    }),
  ])
  .meta({ id: 'Delivered' });
export type Delivery = z.infer<typeof deliverySchema>;

export const instanceStateSchema = z
  .enum(['provisioning', 'ready', 'active', 'suspended', 'failed', 'undoing', 'undone'])
  .meta({
    id: 'InstanceState',
    description:
      '`ready`: made, waiting for capture; `active`: the customer’s; `suspended`: out of his reach for now, `detail` says why',
  });

export const instanceSchema = z
  .strictObject({
    id: idSchema('instance'),
    orderId: idSchema('order'),
    lineId: idSchema('line'),
    /** Whose it is: a person’s, or an organisation’s. */
    customerId: customerIdSchema,
    productId: idSchema('product'),
    variantId: idSchema('variant'),
    sku: z.string(),
    title: z.string(),
    variantTitle: z.string(),
    kind: deliveredKindSchema,
    quantity: z.int(),
    customisation: z.record(z.string(), z.unknown()),
    state: instanceStateSchema,
    detail: z.string(),
    delivery: z.union([deliverySchema, z.null()]),
    /** The organisation whose it is; null: a person’s. */
    organisationId: z.union([idSchema('organisation'), z.null()]),
    /** Of one unit. */
    entitlements: z.union([entitlementsSchema, z.null()]),
    startsAt: z.iso.datetime().nullable(),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.string()),
    /** What happened to it, newest first, 50 at most; its owner does not see what staff noted. */
    history: z.array(
      z
        .strictObject({ at: z.iso.datetime(), type: z.string(), text: z.string() })
        .meta({ id: 'InstanceEvent' }),
    ),
    /** Of goods: its parcels, as far as whoever sends them tells. */
    shipments: z.array(shipmentSchema),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    /** End of its term, after which it is out of use unless it is renewed; null: it has none. */
    endsAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Instance' });
export type Instance = z.infer<typeof instanceSchema>;

export const suspendInstanceSchema = z
  .strictObject({ reason: z.string().trim().min(1).max(300) })
  .meta({ id: 'SuspendInstance', description: 'The reason is for staff; its owner does not read it' });

/** What keeps an instance suspended: each cause ends by itself, and it is resumed when none is left. */
export const suspensionSchema = z
  .strictObject({
    /**
     * `order`: its payment, or what staff decided about the order; `operator`: staff, of this instance alone; `owner`: its
     * owner's wish; `term`: the end of its term; `end`: it was terminated.
     */
    cause: z.enum(['order', 'operator', 'owner', 'term', 'end']),
    reason: instanceSuspensionReasonSchema,
    /** What staff wrote. */
    note: z.string().nullable(),
    /** Whose account; null: nobody's. */
    by: idSchema('user').nullable(),
    since: z.iso.datetime(),
  })
  .meta({ id: 'Suspension' });
export const suspendedInstanceSchema = z
  .strictObject({
    id: idSchema('instance'),
    state: instanceStateSchema,
    detail: z.string(),
    /** Empty: nothing stands in the way of its use. */
    suspensions: z.array(suspensionSchema),
    /** Whether a partner, if there is one, has done it: `stuck` needs a person, who asks once more. */
    carriedOut: z.enum(['pending', 'done', 'stuck']),
  })
  .meta({ id: 'SuspendedInstance' });
export type SuspendedInstance = z.infer<typeof suspendedInstanceSchema>;

/** List rows leave credentials out; read the instance for them. */
export const instanceSummarySchema = instanceSchema
  .omit({ delivery: true, entitlements: true, metadata: true, history: true, shipments: true })
  .meta({ id: 'InstanceSummary' });
export const instancePageSchema = z
  .strictObject({ items: z.array(instanceSummarySchema), next: z.string().nullable() })
  .meta({ id: 'InstancePage' });

export const downloadLinkSchema = z
  .strictObject({ url: z.url(), expiresAt: z.iso.datetime() })
  .meta({ id: 'DownloadLink' });

/** Everything one owns, each with what it entitles to. */
export const ownedPageSchema = z
  .strictObject({
    items: z.array(
      instanceSchema.omit({ delivery: true, history: true, shipments: true }).meta({ id: 'OwnedProduct' }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'OwnedPage' });

export const tagSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._:/-]{0,39}$/u, 'must be 1 to 40 letters, digits, spaces, . _ : / or -');
/** What is left out stays as it is. */
export const labelInstanceSchema = z
  .strictObject({
    tags: z
      .array(tagSchema)
      .max(20)
      .refine((tags) => new Set(tags).size === tags.length, 'each tag once')
      .optional(),
    metadata: z
      .record(z.string().regex(/^[a-z][a-zA-Z0-9._-]{0,39}$/), z.string().max(500))
      .refine((metadata) => Object.keys(metadata).length <= 20, 'at most 20 entries')
      .optional(),
  })
  .meta({ id: 'LabelInstance' });
