import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { customisationSchema } from './orders.ts';

export const lifecycleKindSchema = z
  .enum(['suspend', 'resume', 'configure', 'rotate', 'renew', 'change_plan', 'transfer', 'terminate'])
  .meta({ id: 'LifecycleKind' });
export type LifecycleKind = z.infer<typeof lifecycleKindSchema>;

export const lifecycleStateSchema = z
  .enum(['scheduled', 'offered', 'grace', 'running', 'made', 'done', 'failed', 'called_off', 'undone'])
  .meta({
    id: 'LifecycleState',
    description:
      '`scheduled`: begins at `dueAt`; `offered`: waits for its receiver until `dueAt`; `grace`: ended, its data are kept until `dueAt`; `made`: done, its order is still to be settled; `undone`: its order was taken back',
  });
export type LifecycleState = z.infer<typeof lifecycleStateSchema>;

/** Days, so that nobody is bound for ever and a slip can be called off. */
export const GRACE_DAYS = { default: 30, max: 365 } as const;

/** How long a service broker's credentials go on beside those that replace them: time to take the new ones into use. */
export const OVERLAP_SECONDS = { default: 86_400, max: 7 * 86_400 } as const;

const at = z.iso.datetime().optional().meta({ description: 'When; default: now' });
const reason = z.string().trim().min(1).max(300).optional();

export const lifecycleRequestSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('suspend'), at, reason }),
    z.strictObject({ kind: z.literal('resume'), at, reason }),
    z.strictObject({
      kind: z.literal('configure'),
      at,
      reason,
      customisation: customisationSchema,
    }),
    z.strictObject({
      kind: z.literal('rotate'),
      at,
      reason,
      overlapSeconds: z.int().min(0).max(OVERLAP_SECONDS.max).optional(),
    }),
    z.strictObject({ kind: z.literal('renew'), at, reason, until: z.iso.datetime() }),
    z.strictObject({ kind: z.literal('transfer'), reason }),
    z.strictObject({
      kind: z.literal('terminate'),
      at,
      reason,
      graceDays: z.int().min(0).max(GRACE_DAYS.max).default(GRACE_DAYS.default),
    }),
  ])
  .meta({
    id: 'LifecycleRequest',
    description:
      '`configure`: another customisation where it costs nothing; `rotate`: credentials of a service broker go on for `overlapSeconds` (a day), all others end at once; `renew`: staff alone; `transfer`: answers a code by which the receiver accepts it; `terminate`: out of use at once, removed after `graceDays`',
  });
export type LifecycleRequest = z.infer<typeof lifecycleRequestSchema>;

const expectedSchema = z.strictObject({ halfWithinSeconds: z.int(), mostWithinSeconds: z.int() });

export const lifecycleOperationSchema = z
  .strictObject({
    id: idSchema('lifecycleOperation'),
    instanceId: idSchema('instance'),
    kind: lifecycleKindSchema,
    state: lifecycleStateSchema,
    /** Where it stands, in words for people. */
    detail: z.string(),
    reason: z.string().nullable(),
    askedAs: z.enum(['customer', 'operator', 'order', 'clock']),
    /** Whose account; null: nobody's. */
    askedBy: idSchema('user').nullable(),
    /** The order that pays for it. */
    orderId: idSchema('order').nullable(),
    /** When it begins, or its offer or grace ends. */
    dueAt: z.iso.datetime().nullable(),
    steps: z.array(
      z.strictObject({
        name: z.string(),
        title: z.string(),
        state: z.enum(['running', 'asking', 'done', 'skipped', 'put_back']),
      }),
    ),
    /** From operations of the kind before; null: there was none. */
    expected: expectedSchema.nullable(),
    error: z.strictObject({ code: z.string(), text: z.string() }).nullable(),
    /** By which the receiver accepts a transfer; told to whoever offers it, while it is offered. */
    transferCode: z.string().nullable(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'LifecycleOperation' });
export type LifecycleOperation = z.infer<typeof lifecycleOperationSchema>;
export const lifecyclePageSchema = z
  .strictObject({ items: z.array(lifecycleOperationSchema), next: z.string().nullable() })
  .meta({ id: 'LifecycleOperationPage' });

export const acceptTransferSchema = z
  .strictObject({ code: z.string().min(1).max(200) })
  .meta({ id: 'AcceptTransfer' });
