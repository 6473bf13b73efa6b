import { asc, isNotNull, lte, and } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { instances } from '#shared/db/store.ts';
import type { StepKey } from './steps.ts';

/** Operation whose keys say themselves when they end. */
export const SIGNS = 'licence-key.sign';

/** SQL of `instances`: what `sign_at` becomes when the end of the term moves at `now`. */
export const SIGN_FROM = (now: string): string =>
  `CASE WHEN EXISTS (SELECT 1 FROM instance_steps WHERE instance_id = instances.id AND action = '${SIGNS}'
     AND done_at IS NOT NULL AND undone_at IS NULL) THEN ${now} ELSE sign_at END`;

/** Keys of one step, signed anew. */
export interface SignedAnew {
  step: string;
  sealedOutput: string;
  fingerprints: readonly string[];
  activationsMax: number;
  /** Of the keys before: those that say a later end than the term has, and are good no more. */
  revoked: readonly string[];
}

export const licenceQueries = (database: D1Database) => ({
  /**
   * Issues keys: output and fingerprints together, only while the instance is being provisioned and only if the step
   * has not issued any yet, so that a repeat never makes a second set. A key that another instance had and that was taken
   * back, unseen, into its pool is this one's from now on.
   */
  async issue(
    key: StepKey,
    keys: { sealedOutput: string; fingerprints: readonly string[]; activationsMax: number },
    now: number,
  ): Promise<void> {
    await database.batch([
      database
        .prepare(
          `UPDATE instance_steps SET sealed_output = ?1, done_at = ?2
           WHERE instance_id = ?3 AND step = ?4 AND done_at IS NULL
             AND EXISTS (SELECT 1 FROM instances WHERE id = ?3 AND state = 'provisioning' AND failure_code IS NULL)`,
        )
        .bind(keys.sealedOutput, now, key.instanceId, key.step),
      database
        .prepare(
          `INSERT INTO licence_keys (fingerprint, instance_id, position, activations_max, issued_at)
           SELECT json_each.value, ?1, json_each.key, ?2, ?3 FROM json_each(?4)
           WHERE EXISTS (SELECT 1 FROM instance_steps WHERE instance_id = ?1 AND step = ?5 AND sealed_output = ?6)
           ON CONFLICT (fingerprint) DO UPDATE SET instance_id = excluded.instance_id, position = excluded.position,
             activations_max = excluded.activations_max, issued_at = excluded.issued_at, revoked_at = NULL,
             suspended_at = NULL
           WHERE licence_keys.revoked_at IS NOT NULL`,
        )
        .bind(
          key.instanceId,
          keys.activationsMax,
          now,
          JSON.stringify(keys.fingerprints),
          key.step,
          keys.sealedOutput,
        ),
    ]);
  },

  /** How many devices each key may activate from now on. */
  async allow(instanceId: string, activationsMax: number): Promise<void> {
    await database
      .prepare(`UPDATE licence_keys SET activations_max = ? WHERE instance_id = ? AND revoked_at IS NULL`)
      .bind(activationsMax, instanceId)
      .run();
  },

  /**
   * What the other steps of an instance have left, sealed: as it counts now, and as it will once the operation that is at work
   * is done.
   */
  async outputsOfOthers({ instanceId, step }: StepKey): Promise<{ step: string; sealedOutput: string }[]> {
    const { results } = await database
      .prepare(
        `SELECT step, sealed_output AS sealedOutput FROM instance_steps
         WHERE instance_id = ?1 AND step <> ?2 AND action LIKE 'licence-%' AND sealed_output IS NOT NULL
         UNION ALL SELECT kept.step, kept.sealed_output FROM lifecycle_operations at_work
           JOIN lifecycle_steps kept ON kept.operation_id = at_work.id
         WHERE at_work.instance_id = ?1 AND at_work.state IN ('running', 'made') AND kept.step <> ?2
           AND kept.sealed_output IS NOT NULL`,
      )
      .bind(instanceId, step)
      .all<{ step: string; sealedOutput: string }>();
    return results;
  },

  /**
   * These keys in place of the step's others, which are good no more; `spared`: of other steps. Safe to repeat. A suspended
   * instance's stay suspended.
   */
  async replace(
    instanceId: string,
    keys: { fingerprints: readonly string[]; spared: readonly string[]; activationsMax: number },
    now: number,
  ): Promise<void> {
    const fingerprints = JSON.stringify(keys.fingerprints);
    await database.batch([
      database
        .prepare(
          `INSERT INTO licence_keys (fingerprint, instance_id, position, activations_max, issued_at, suspended_at)
           SELECT json_each.value, ?1, json_each.key, ?2, ?3,
             (SELECT MAX(suspended_at) FROM licence_keys WHERE instance_id = ?1 AND revoked_at IS NULL)
           FROM json_each(?4)
           WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND state IN ('active', 'suspended'))
           ON CONFLICT DO NOTHING`,
        )
        .bind(instanceId, keys.activationsMax, now, fingerprints),
      database
        .prepare(
          `UPDATE licence_keys SET revoked_at = ?1 WHERE instance_id = ?2 AND revoked_at IS NULL
             AND fingerprint NOT IN (SELECT value FROM json_each(?3))`,
        )
        .bind(now, instanceId, JSON.stringify([...keys.fingerprints, ...keys.spared])),
    ]);
  },

  /**
   * Keys for the term as it is, beside those before, all of it or nothing. False: the instance is not as it was read, or an
   * operation is at work on it, which may leave other keys.
   */
  async signAnew(
    read: { id: string; signAt: number; endsAt: number | null; sealedDelivery: string | null },
    signed: { keys: readonly SignedAnew[]; sealedDelivery: string; text: string },
    now: number,
  ): Promise<boolean> {
    // Sealed anew it is unlike any other: what follows happens only with the first statement.
    const isSigned = 'EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND sealed_delivery = ?2)';
    const { id } = read;
    const { sealedDelivery } = signed;
    const [done] = await database.batch([
      database
        .prepare(
          `UPDATE instances SET sealed_delivery = ?2, sign_at = NULL, updated_at = ?3
           WHERE id = ?1 AND sign_at = ?4 AND ends_at IS ?5 AND sealed_delivery IS ?6
             AND state IN ('active', 'suspended') AND NOT EXISTS
               (SELECT 1 FROM lifecycle_operations WHERE instance_id = ?1 AND state IN ('running', 'made'))`,
        )
        .bind(id, sealedDelivery, now, read.signAt, read.endsAt, read.sealedDelivery),
      ...signed.keys.flatMap(({ step, sealedOutput, fingerprints, activationsMax, revoked }) => [
        database
          .prepare(
            `UPDATE instance_steps SET sealed_output = ?3 WHERE instance_id = ?1 AND step = ?4 AND ${isSigned}`,
          )
          .bind(id, sealedDelivery, sealedOutput, step),
        database
          .prepare(
            `INSERT INTO licence_keys (fingerprint, instance_id, position, activations_max, issued_at, suspended_at)
             SELECT json_each.value, ?1, json_each.key, ?3, ?4,
               (SELECT MAX(suspended_at) FROM licence_keys WHERE instance_id = ?1 AND revoked_at IS NULL)
             FROM json_each(?5) WHERE ${isSigned} ON CONFLICT DO NOTHING`,
          )
          .bind(id, sealedDelivery, activationsMax, now, JSON.stringify(fingerprints)),
        database
          .prepare(
            `UPDATE licence_keys SET revoked_at = ?3 WHERE instance_id = ?1 AND revoked_at IS NULL
               AND fingerprint IN (SELECT value FROM json_each(?4)) AND ${isSigned}`,
          )
          .bind(id, sealedDelivery, now, JSON.stringify(revoked)),
      ]),
      database
        .prepare(
          `INSERT INTO instance_history (instance_id, sequence, at, type, text)
           SELECT ?1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history WHERE instance_id = ?1), ?3,
             'licence.signed', ?4 WHERE ${isSigned}`,
        )
        .bind(id, sealedDelivery, now, signed.text),
    ]);
    return (done?.meta.changes ?? 0) > 0;
  },

  /** When the sweeper looks after its signed keys next; null: there is nothing to sign. Not where its term moved meanwhile. */
  async signLater(
    read: { id: string; signAt: number; endsAt: number | null },
    at: number | null,
  ): Promise<void> {
    await database
      .prepare('UPDATE instances SET sign_at = ?4 WHERE id = ?1 AND sign_at = ?2 AND ends_at IS ?3')
      .bind(read.id, read.signAt, read.endsAt, at)
      .run();
  },

  /** Instances whose signed keys wait to be signed anew, those that wait longest first. */
  toSign(now: number, limit: number): Promise<{ id: string; customerId: string }[]> {
    return drizzle(database)
      .select({ id: instances.id, customerId: instances.customerId })
      .from(instances)
      .where(and(isNotNull(instances.signAt), lte(instances.signAt, now)))
      .orderBy(asc(instances.signAt))
      .limit(limit);
  },

  /** `at`: since when they are not good; null: they are again. */
  async suspend(instanceId: string, at: number | null): Promise<void> {
    await database
      .prepare(`UPDATE licence_keys SET suspended_at = ? WHERE instance_id = ? AND revoked_at IS NULL`)
      .bind(at, instanceId)
      .run();
  },

  /** These keys were never anybody's: they go back to where they are handed out from. Safe to repeat. */
  async forget(instanceId: string, fingerprints: readonly string[]): Promise<void> {
    await database
      .prepare(
        `DELETE FROM licence_keys WHERE instance_id = ? AND fingerprint IN (SELECT value FROM json_each(?))`,
      )
      .bind(instanceId, JSON.stringify(fingerprints))
      .run();
  },

  async revoke(instanceId: string, now: number): Promise<void> {
    await database
      .prepare(`UPDATE licence_keys SET revoked_at = ? WHERE instance_id = ? AND revoked_at IS NULL`)
      .bind(now, instanceId)
      .run();
  },
});
