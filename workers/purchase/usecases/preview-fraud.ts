import { domainOf, isDisposable } from '#objects/fraud/disposable.ts';
import type { FraudPreview } from '#shared/contracts/http/fraud.ts';
import { type Scored, scoreOf } from '#shared/domain/fraud/score.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';

/** What is left out is not known, and counts for no rule. */
export async function previewFraud(
  ports: Pick<Ports, 'fraudRules'>,
  { total, email, accountAgeHours, countries, counts, risk }: FraudPreview,
): Promise<Scored> {
  const { rules, thresholds, domains } = await ports.fraudRules();
  const { card = null, shipping = null, client = null } = countries;
  return scoreOf(rules, thresholds, {
    amount: total,
    accountAgeMs: accountAgeHours === undefined ? null : accountAgeHours * HOUR_MS,
    disposableEmail: email === undefined ? null : await isDisposable(domainOf(email), domains),
    countries: { card, shipping, client },
    counts: counts.map((count) => ({ ...count, object: '' })),
    risk: risk ?? null,
  });
}
