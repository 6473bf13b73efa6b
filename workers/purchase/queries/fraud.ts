import type { FraudSettings, FraudSettingsInput, MailDomainView } from '#shared/contracts/http/fraud.ts';
import { fraudRuleVersionsSchema, fraudSettingsSchema } from '#shared/contracts/http/fraud.ts';
import { DOMAINS_MAX } from '#objects/fraud/rules.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { z } from 'zod';

/** What operators set about risk beside the rules themselves: tables of `COMMERCE_DB`. */
export interface FraudSettingsStore {
  read(): Promise<FraudSettings>;
  /** Null: it is not at this version any more. `version` null: whichever it is at. */
  write(
    input: FraudSettingsInput,
    version: number | null,
    by: { userId: string; now: number },
  ): Promise<FraudSettings | null>;
  domains(page: { after: string; limit: number }): Promise<MailDomainView[]>;
  /** Null: there are as many as there may be. */
  judge(
    domain: string,
    verdict: MailDomainView['verdict'],
    by: { userId: string; now: number },
  ): Promise<MailDomainView | null>;
  /** Newest first; empty: there is no such rule. */
  versions(ruleId: string): Promise<z.infer<typeof fraudRuleVersionsSchema>['items']>;
}

type SettingsRow = {
  version: number;
  challenge: number;
  review: number;
  block: number;
  review_hours: number;
  remind_hours: number;
  provider_review_decides: number;
  after_delivery: string;
  written_by: string;
  written_at_ms: number;
};
type DomainRow = {
  domain: string;
  verdict: MailDomainView['verdict'];
  written_by: string;
  written_at_ms: number;
};

const NEWEST = 'SELECT * FROM fraud_settings ORDER BY version DESC LIMIT 1';
const VERSIONS_MAX = 100;

export function fraudSettingsStore(database: D1Database): FraudSettingsStore {
  const primary = database.withSession('first-primary');
  return {
    async read() {
      const row = await primary.prepare(NEWEST).first<SettingsRow>();
      return settingsOf(row);
    },
    async write(input, version, { userId, now }) {
      const { challenge, review, block, reviewHours, remindHours } = input;
      const row = await primary
        .prepare(
          `INSERT INTO fraud_settings SELECT max(version) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM fraud_settings
           HAVING ?1 IS NULL OR max(version) = ?1 RETURNING *`,
        )
        .bind(
          version,
          challenge,
          review,
          block,
          reviewHours,
          remindHours,
          input.providerReviewDecides ? 1 : 0,
          input.afterDelivery,
          userId,
          now,
        )
        .first<SettingsRow>();
      return row === null ? null : settingsOf(row);
    },
    async domains({ after, limit }) {
      const { results } = await primary
        .prepare(
          "SELECT * FROM fraud_email_domains WHERE domain > ?1 AND verdict <> 'none' ORDER BY domain LIMIT ?2",
        )
        .bind(after, limit)
        .all<DomainRow>();
      return results.map(domainOf);
    },
    async judge(domain, verdict, { userId, now }) {
      const row = await primary
        .prepare(
          `INSERT INTO fraud_email_domains SELECT ?1, ?2, ?3, ?4
           WHERE ?2 = 'none' OR EXISTS (SELECT 1 FROM fraud_email_domains WHERE domain = ?1)
             OR (SELECT count(*) FROM fraud_email_domains WHERE verdict <> 'none') < ${DOMAINS_MAX}
           ON CONFLICT (domain) DO UPDATE SET verdict = excluded.verdict, written_by = excluded.written_by,
             written_at_ms = excluded.written_at_ms
           RETURNING *`,
        )
        .bind(domain, verdict, userId, now)
        .first<DomainRow>();
      return row === null ? null : domainOf(row);
    },
    async versions(ruleId) {
      const { results } = await primary
        .prepare(
          `SELECT version, status, condition, score, reason, written_by, written_at_ms FROM fraud_rule_versions
           WHERE rule_id = ?1 ORDER BY version DESC LIMIT ${VERSIONS_MAX}`,
        )
        .bind(ruleId)
        .all();
      return fraudRuleVersionsSchema.parse({
        items: results.map(({ condition, written_by: by, written_at_ms: at, ...row }) => ({
          ...row,
          condition: JSON.parse(String(condition)) as unknown,
          writtenBy: by === '' ? null : by,
          writtenAt: rfc3339(Number(at)),
        })),
      }).items;
    },
  };
}

const settingsOf = (row: SettingsRow | null): FraudSettings =>
  fraudSettingsSchema.parse({
    version: row?.version,
    challenge: row?.challenge,
    review: row?.review,
    block: row?.block,
    reviewHours: row?.review_hours,
    remindHours: row?.remind_hours,
    providerReviewDecides: row?.provider_review_decides === 1,
    afterDelivery: row?.after_delivery,
    ...writtenOf(row?.written_by ?? '', row?.written_at_ms ?? 0),
  });

const domainOf = (row: DomainRow): MailDomainView => ({
  domain: row.domain,
  verdict: row.verdict,
  ...writtenOf(row.written_by, row.written_at_ms),
});

const writtenOf = (by: string, at: number) => ({ writtenBy: by === '' ? null : by, writtenAt: rfc3339(at) });
