import type { StepKey } from './steps.ts';

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

  /** These keys in place of all others, which are good no more. Safe to repeat. A suspended instance's stay suspended. */
  async replace(
    instanceId: string,
    keys: { fingerprints: readonly string[]; activationsMax: number },
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
        .bind(now, instanceId, fingerprints),
    ]);
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
