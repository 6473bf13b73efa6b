import { fraudRuleSchema, type FraudRuleInput, type FraudRuleView } from '#shared/contracts/http/fraud.ts';
import { keptOf, parsed } from '#shared/rules/columns.ts';
import type { RuleKind } from '#shared/rules/store.ts';

const authorOf = (row: Record<string, unknown>): unknown =>
  row['written_by'] === '' ? null : row['written_by'];

/** Each write leaves its version behind: who set what, when. */
export const FRAUD_RULES: RuleKind<FraudRuleInput, FraudRuleView> = {
  table: 'fraud_rules',
  isAuthored: true,
  columns: (input) => ({
    status: input.status,
    condition: JSON.stringify(input.condition),
    score: input.score,
    reason: input.reason,
  }),
  view: (row) =>
    fraudRuleSchema.parse({
      ...keptOf(row),
      condition: parsed(row['condition']),
      score: row['score'],
      reason: row['reason'],
      writtenBy: authorOf(row),
    }),
  follow: [
    `INSERT INTO fraud_rule_versions (rule_id, version, status, condition, score, reason, written_by, written_at_ms)
     SELECT id, version, status, condition, score, reason, written_by, updated_at_ms FROM fraud_rules WHERE id = ?1
     ON CONFLICT DO NOTHING`,
  ],
};
