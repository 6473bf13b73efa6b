import { z } from '@hono/zod-openapi';
import { idSchema } from '#shared/ids/ids.ts';
import { FINDING_CODES, type FindingCode } from '../usecases/findings/ports.ts';

export const findingSchema = z
  .strictObject({
    id: idSchema('finding'),
    code: z.enum(Object.keys(FINDING_CODES) as [FindingCode, ...FindingCode[]]),
    /** What is wrong, in words. */
    title: z.string(),
    /** What it is about: an id at the provider. */
    subject: z.string(),
    paymentId: z.string().nullable(),
    orderId: z.string().nullable(),
    detail: z.string(),
    state: z.enum(['open', 'resolved']),
    /** The run that found it last; null: the ledger's own check did. */
    reconciliationId: z.string().nullable(),
    foundAt: z.iso.datetime(),
    lastFoundAt: z.iso.datetime(),
    resolvedAt: z.iso.datetime().nullable(),
    /** Who closed it; null: it was no longer so. */
    resolvedBy: z.string().nullable(),
    resolution: z.string().nullable(),
  })
  .meta({ id: 'PaymentFinding', description: 'Something about payments that a person must look at' });
