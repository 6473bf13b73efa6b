import { z } from 'zod';
import { thresholdsSchema, type Thresholds } from '#shared/domain/fraud/outcome.ts';
import { conditionSchema, type FraudRule } from '#shared/domain/fraud/rule.ts';
import { HOUR_MS, SECOND_MS, type Clock } from '#shared/time/time.ts';
import type { Policy } from './face.ts';

/** As many rules count at once. */
export const RULES_MAX = 100;
/** As many domains the shop may judge by itself: all are read with the rules. */
export const DOMAINS_MAX = 1_000;
/** A change of the rules counts everywhere after this long. */
export const RULES_KEPT_MS = 15 * SECOND_MS;

/** All that operators have set about risk. */
export interface FraudRules {
  rules: FraudRule[];
  thresholds: Thresholds;
  policy: Policy;
  /** Domains of mailboxes the shop judges by itself: throw-away or not. */
  domains: ReadonlyMap<string, boolean>;
}

const ruleRowSchema = z.object({
  id: z.string(),
  status: z.string(),
  score: z.int(),
  reason: z.string(),
  condition: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(conditionSchema),
});
const settingsRowSchema = z.object({
  challenge: z.int(),
  review: z.int(),
  block: z.int(),
  review_hours: z.int(),
  remind_hours: z.int(),
  provider_review_decides: z.int(),
  after_delivery: z.enum(['suspend', 'keep']),
});
const domainRowSchema = z.object({ domain: z.string(), verdict: z.enum(['disposable', 'trusted']) });

const RULES = `SELECT id, status, condition, score, reason FROM fraud_rules WHERE status = 'active'
  ORDER BY id LIMIT ${RULES_MAX}`;
const SETTINGS = 'SELECT * FROM fraud_settings ORDER BY version DESC LIMIT 1';
const DOMAINS = `SELECT domain, verdict FROM fraud_email_domains WHERE verdict <> 'none' LIMIT ${DOMAINS_MAX}`;

/** Everything in one round trip, from the primary database. Throws on what the code does not understand. */
export async function readFraudRules(database: D1Database): Promise<FraudRules> {
  const session = database.withSession('first-primary');
  const [rules, settings, domains] = await session.batch<Record<string, unknown>>([
    session.prepare(RULES),
    session.prepare(SETTINGS),
    session.prepare(DOMAINS),
  ]);
  const set = settingsRowSchema.parse(settings?.results[0]);
  return {
    rules: ruleRowSchema
      .array()
      .parse(rules?.results ?? [])
      .map(({ status, ...rule }) => ({ ...rule, enabled: status === 'active' })),
    thresholds: thresholdsSchema.parse({ challenge: set.challenge, review: set.review, block: set.block }),
    policy: {
      reviewMs: set.review_hours * HOUR_MS,
      remindMs: set.remind_hours * HOUR_MS,
      providerReviewDecides: set.provider_review_decides === 1,
      afterDelivery: set.after_delivery,
    },
    domains: new Map(
      domainRowSchema
        .array()
        .parse(domains?.results ?? [])
        .map(({ domain, verdict }) => [domain, verdict === 'disposable']),
    ),
  };
}

/**
 * The rules as one isolate knows them, at most `RULES_KEPT_MS` old: most orders need no look at the database. When it does
 * not answer and they are older, nobody is assessed by what may not count any more: the caller tries again.
 */
export class RuleBook {
  readonly #clock: Clock;
  #known: { rules: FraudRules; readAt: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(database: D1Database): Promise<FraudRules> {
    const readAt = this.#clock.now();
    if (this.#known !== null && readAt - this.#known.readAt < RULES_KEPT_MS) return this.#known.rules;
    const rules = await readFraudRules(database);
    this.#known = { rules, readAt };
    return rules;
  }

  /** They have just been changed from here. */
  forget(): void {
    this.#known = null;
  }
}
