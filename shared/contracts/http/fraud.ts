import { z } from 'zod';
import { countrySchema } from '#shared/domain/address.ts';
import { outcomeSchema, SCORE_MAX } from '#shared/domain/fraud/outcome.ts';
import {
  conditionSchema,
  ruleReasonSchema,
  ruleScoreSchema,
  WINDOW_SECONDS_MAX,
} from '#shared/domain/fraud/rule.ts';
import { SUBJECTS } from '#shared/domain/fraud/signals.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { moneySchema } from '#shared/money/money.ts';
import { paymentRiskSchema } from '../payments.ts';

const rule = z.strictObject({
  /** Paused ones do not count. */
  status: z.enum(['active', 'paused']).default('active'),
  condition: conditionSchema,
  /** Added when the condition holds; see the thresholds. */
  score: ruleScoreSchema,
  /** For operators: the customer never reads it. */
  reason: ruleReasonSchema,
});
export const fraudRuleInputSchema = rule.meta({
  id: 'FraudRuleInput',
  example: {
    condition: { kind: 'amount', currency: 'EUR', above: 200_000 },
    score: 20,
    reason: 'A large amount',
  },
});
export type FraudRuleInput = z.infer<typeof fraudRuleInputSchema>;
/** Null: it was shipped with the shop. */
const authorSchema = z.union([idSchema('user'), z.null()]);
export const fraudRuleSchema = rule
  .extend({
    id: idSchema('fraudRule'),
    status: z.enum(['active', 'paused', 'archived']),
    version: z.int(),
    writtenBy: authorSchema,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'FraudRule' });
export type FraudRuleView = z.infer<typeof fraudRuleSchema>;

export const fraudRuleVersionsSchema = z
  .strictObject({
    /** Newest first, at most 100. */
    items: z.array(
      fraudRuleSchema
        .pick({ version: true, status: true, condition: true, score: true, reason: true, writtenBy: true })
        .extend({ writtenAt: z.iso.datetime() }),
    ),
  })
  .meta({ id: 'FraudRuleVersions' });

const scoreSchema = z.int().min(1).max(SCORE_MAX);
const settings = z.strictObject({
  /** From this score on the customer must prove to hold the card. */
  challenge: scoreSchema,
  /** From this score on a person decides. */
  review: scoreSchema,
  /** From this score on it is refused. */
  block: scoreSchema,
  /** How long a person may take; then the order is undone. */
  reviewHours: z.int().min(1).max(336),
  /** After how long operators are reminded. */
  remindHours: z.int().min(1).max(336),
  /** What is decided in the payment service's own review counts here as well. */
  providerReviewDecides: z.boolean(),
  /** What a suspicion after the delivery does to what was delivered. */
  afterDelivery: z.enum(['suspend', 'keep']),
});
const isRising = ({ challenge, review, block }: z.infer<typeof settings>): boolean =>
  challenge <= review && review <= block;
export const fraudSettingsInputSchema = settings
  .refine(isRising, { path: ['block'], message: 'challenge, review and block must not fall' })
  .meta({ id: 'FraudSettingsInput' });
export type FraudSettingsInput = z.infer<typeof fraudSettingsInputSchema>;
export const fraudSettingsSchema = settings
  .extend({ version: z.int(), writtenBy: authorSchema, writtenAt: z.iso.datetime() })
  .meta({ id: 'FraudSettings' });
export type FraudSettings = z.infer<typeof fraudSettingsSchema>;

export const mailDomainSchema = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/,
    'must be a domain like mail.example',
  );
export const mailDomainVerdictSchema = z
  .strictObject({
    verdict: z.enum(['disposable', 'trusted', 'none']).meta({
      description: '`none`: the list the shop ships with decides again',
    }),
  })
  .meta({ id: 'MailDomainVerdict' });
export const mailDomainViewSchema = z
  .strictObject({
    domain: z.string(),
    verdict: z.enum(['disposable', 'trusted', 'none']),
    writtenBy: authorSchema,
    writtenAt: z.iso.datetime(),
  })
  .meta({ id: 'MailDomain' });
export type MailDomainView = z.infer<typeof mailDomainViewSchema>;
export const mailDomainPageSchema = z
  .strictObject({ items: z.array(mailDomainViewSchema), next: z.string().nullable() })
  .meta({ id: 'MailDomainPage' });

export const fraudHitSchema = z
  .strictObject({
    ruleId: z.string(),
    kind: z.string(),
    score: z.int(),
    reason: z.string(),
    /** What was found. */
    finding: z.string(),
  })
  .meta({ id: 'FraudHit' });

export const fraudPreviewSchema = z
  .strictObject({
    total: moneySchema,
    email: z.email().max(254).optional(),
    accountAgeHours: z.number().min(0).max(1_000_000).optional(),
    countries: z
      .strictObject({
        card: countrySchema.optional(),
        shipping: countrySchema.optional(),
        client: countrySchema.optional(),
      })
      .default({}),
    counts: z
      .array(
        z.strictObject({
          subject: z.enum(SUBJECTS),
          windowSeconds: z.int().min(60).max(WINDOW_SECONDS_MAX),
          orders: z.int().min(0).max(1_000_000),
        }),
      )
      .max(50)
      .default([]),
    risk: paymentRiskSchema.optional(),
  })
  .meta({ id: 'FraudPreviewRequest', example: { total: { amount: 250_000, currency: 'EUR' } } });
export type FraudPreview = z.infer<typeof fraudPreviewSchema>;
export const fraudScoreSchema = z
  .strictObject({ score: z.int(), outcome: outcomeSchema, hits: z.array(fraudHitSchema) })
  .meta({ id: 'FraudScore' });

const assessmentSchema = fraudScoreSchema
  .extend({ phase: z.enum(['placing', 'paid', 'later']), at: z.iso.datetime() })
  .meta({ id: 'FraudAssessment' });
/** What is known of the risk of one order; for staff. */
export const orderRiskSchema = z
  .strictObject({
    orderId: idSchema('order'),
    placing: z.union([assessmentSchema, z.null()]),
    payment: z.union([assessmentSchema, z.null()]),
    evidence: z.strictObject({
      accountCreatedAt: z.iso.datetime().nullable(),
      countries: z.strictObject({
        card: z.string().nullable(),
        shipping: z.string().nullable(),
        client: z.string().nullable(),
      }),
      counts: z.array(z.strictObject({ subject: z.enum(SUBJECTS), windowSeconds: z.int(), orders: z.int() })),
      instrument: z.union([
        z.strictObject({
          brand: z.string().nullable(),
          last4: z.string().nullable(),
          wallet: z.string().nullable(),
          country: z.string().nullable(),
        }),
        z.null(),
      ]),
      provider: z.union([paymentRiskSchema, z.null()]),
    }),
    review: z.union([
      z.strictObject({
        since: z.iso.datetime(),
        /** Nobody has decided by then: the order is undone. */
        until: z.iso.datetime(),
        reminded: z.boolean(),
        decision: z.union([
          z.strictObject({
            decision: z.enum(['approve', 'refuse']),
            by: z.union([idSchema('user'), z.null()]),
            reason: z.string(),
            at: z.iso.datetime(),
          }),
          z.null(),
        ]),
      }),
      z.null(),
    ]),
  })
  .meta({ id: 'OrderRisk' });
export type OrderRisk = z.infer<typeof orderRiskSchema>;
