import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';

/** What a person may ask about their data (GDPR Art. 15, 17, 20): a copy of it, or that it is erased. */
export const askDataRequestSchema = z
  .strictObject({ kind: z.enum(['export', 'erasure']) })
  .meta({ id: 'AskDataRequest' });

const obstacleSchema = z
  .strictObject({
    code: z
      .enum([
        'order_open',
        'return_open',
        'dispute_open',
        'instance_running',
        'renewal_due',
        'last_owner',
        'last_administrator',
      ])
      .describe('What has to end first'),
    /** Id of the order, payment, instance, organisation or account. */
    subject: z.string(),
  })
  .meta({ id: 'ErasureObstacle' });
export type ErasureObstacleBody = z.infer<typeof obstacleSchema>;
/** Member `obstacles` of the problem `erasure-obstructed`. */
export const obstaclesSchema = z.looseObject({ obstacles: z.array(obstacleSchema) });

export const dataRequestSchema = z
  .strictObject({
    id: idSchema('dataRequest'),
    accountId: idSchema('user'),
    kind: z.enum(['export', 'erasure']),
    state: z
      .enum(['waiting', 'running', 'ready', 'done', 'expired', 'refused', 'cancelled', 'failed'])
      .describe(
        '`waiting`: an erasure that can be taken back until `erasesAt`. `refused`: something stood against it then. `failed`: staff look at it.',
      ),
    /** Who asked: the person, or staff for them. */
    askedBy: z.enum(['person', 'staff']),
    askedAt: z.iso.datetime(),
    erasesAt: z.iso.datetime().nullable(),
    /** The document can be fetched until then; null: there is none. */
    documentUntil: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    obstacles: z.array(obstacleSchema),
    /** Of an erasure: how much was erased, by the table or object of docs/storage.md. */
    erased: z.record(z.string(), z.int()),
    /** What stays without a name, and why. */
    kept: z.array(z.strictObject({ section: z.string(), because: z.string() })),
  })
  .meta({ id: 'DataRequest' });
export type DataRequestBody = z.infer<typeof dataRequestSchema>;
export const dataRequestListSchema = z
  .strictObject({ items: z.array(dataRequestSchema) })
  .meta({ id: 'DataRequestList' });

/** As staff see them over all customers. */
export const customerDataRequestPageSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: idSchema('dataRequest'),
        accountId: idSchema('user'),
        kind: z.enum(['export', 'erasure']),
        state: dataRequestSchema.shape.state,
        askedBy: z.enum(['person', 'staff']),
        askedAt: z.iso.datetime(),
        endedAt: z.iso.datetime().nullable(),
        /** Why the last try failed. */
        error: z.string().nullable(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'CustomerDataRequestPage' });

/** The copy: machine readable, complete but for what is secret from the person too. docs/privacy.md names the sections. */
export const dataDocumentSchema = z
  .strictObject({
    format: z.literal(1),
    accountId: idSchema('user'),
    generatedAt: z.iso.datetime(),
    items: z.array(z.strictObject({ section: z.string(), data: z.unknown() })),
  })
  .meta({ id: 'DataDocument' });

export const replayErasuresSchema = z
  .strictObject({
    /** Only those begun at or after this time; null: all. */
    since: z.iso.datetime().nullable(),
    /** `next` of the answer before; null: the first. */
    after: z.string().max(200).nullable(),
  })
  .meta({ id: 'ReplayErasures' });
export const eraseAgainSchema = replayErasuresSchema
  .extend({
    /** `run` of the answer before; null: the first. */
    run: z.iso.datetime().nullable(),
  })
  .meta({ id: 'EraseAgain' });
export const erasedAgainSchema = z
  .strictObject({
    /** Names this restore: who was erased since it began is not erased another time. */
    run: z.iso.datetime(),
    /** Of this page: persons who are erased again. */
    erased: z.int(),
    /** Of this page: those who are not yet. An error is tried again by itself, after the restore too; `failed` is not. */
    left: z.array(
      z.strictObject({
        accountId: idSchema('user'),
        requestId: idSchema('dataRequest'),
        state: z.enum(['running', 'failed']),
        error: z.string().nullable(),
      }),
    ),
    /** Null: these were all. */
    next: z.string().nullable(),
  })
  .meta({ id: 'ErasedAgain' });
export const replayedErasuresSchema = z
  .strictObject({
    /** Persons whose erasure begins again. */
    begun: z.int(),
    /** Null: these were all. */
    next: z.string().nullable(),
  })
  .meta({ id: 'ReplayedErasures' });
