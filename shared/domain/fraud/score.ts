import { findingOf } from './conditions.ts';
import { type Outcome, outcomeOf, SCORE_MAX, type Thresholds } from './outcome.ts';
import type { FraudRule } from './rule.ts';
import type { Signals } from './signals.ts';

/** A rule that counted. For operators alone. */
export interface Hit {
  ruleId: string;
  kind: FraudRule['condition']['kind'];
  score: number;
  reason: string;
  /** What was found. */
  finding: string;
}
export interface Scored {
  /** Sum of the hits, at most `SCORE_MAX`. */
  score: number;
  outcome: Outcome;
  hits: Hit[];
}

/** Scores are only ever added: one signal more never makes the outcome milder. A rule that is not enabled never counts. */
export function scoreOf(rules: readonly FraudRule[], thresholds: Thresholds, signals: Signals): Scored {
  const hits = rules
    .filter(({ enabled }) => enabled)
    .flatMap(({ id, condition, score, reason }): Hit[] => {
      const finding = findingOf(condition, signals);
      return finding === null ? [] : [{ ruleId: id, kind: condition.kind, score, reason, finding }];
    });
  const score = Math.min(
    SCORE_MAX,
    hits.reduce((sum, hit) => sum + hit.score, 0),
  );
  return { score, outcome: outcomeOf(score, thresholds), hits };
}
