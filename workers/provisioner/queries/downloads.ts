import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { downloadLinks, downloads, instances } from '#shared/db/store.ts';
import type { StepKey } from './steps.ts';

export interface Entitlement {
  objectKey: string;
  fileName: string;
  downloadsMax: number;
}
export interface NewLink {
  id: string;
  instanceId: string;
  idempotencyKey: string;
  now: number;
  expiresAt: number;
}

export const downloadQueries = (database: D1Database) => ({
  /** Grants the entitlement once, with the step's output, while the instance is being provisioned. */
  async entitle(key: StepKey, entitlement: Entitlement, sealedOutput: string, now: number): Promise<void> {
    await database.batch([
      database
        .prepare(
          `INSERT INTO downloads (instance_id, object_key, file_name, downloads_max) SELECT ?1, ?2, ?3, ?4
           WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND state = 'provisioning')
           ON CONFLICT DO NOTHING`,
        )
        .bind(key.instanceId, entitlement.objectKey, entitlement.fileName, entitlement.downloadsMax),
      database
        .prepare(
          `UPDATE instance_steps SET sealed_output = ?1, done_at = ?2
           WHERE instance_id = ?3 AND step = ?4 AND done_at IS NULL
             AND EXISTS (SELECT 1 FROM downloads WHERE instance_id = ?3)`,
        )
        .bind(sealedOutput, now, key.instanceId, key.step),
    ]);
  },

  /** Another file or number from now on; downloads that were used stay used. Safe to repeat. */
  async change(instanceId: string, { objectKey, fileName, downloadsMax }: Entitlement): Promise<void> {
    await database
      .prepare(
        `UPDATE downloads SET object_key = ?, file_name = ?, downloads_max = ?
         WHERE instance_id = ? AND closed_at IS NULL`,
      )
      .bind(objectKey, fileName, downloadsMax, instanceId)
      .run();
  },

  async close(instanceId: string, now: number): Promise<void> {
    await database
      .prepare(`UPDATE downloads SET closed_at = ? WHERE instance_id = ? AND closed_at IS NULL`)
      .bind(now, instanceId)
      .run();
  },

  /**
   * Spends one download on a new link: both or neither, decided inside the statements, so that parallel requests never
   * get more links than downloads. A repeat under the same key finds the first link, while
   * it lives, and spends nothing.
   */
  async spend(link: NewLink): Promise<{ id: string; expiresAt: number } | null> {
    const [, , found] = await database.batch<{ id: string; expiresAt: number }>([
      database
        .prepare(
          `INSERT INTO download_links (id, instance_id, idempotency_key, created_at, expires_at) SELECT ?1, ?2, ?3, ?4, ?5
           WHERE EXISTS (SELECT 1 FROM downloads JOIN instances ON instances.id = downloads.instance_id
             WHERE downloads.instance_id = ?2 AND instances.state = 'active' AND closed_at IS NULL
               AND downloads_used < downloads_max)
           ON CONFLICT (instance_id, idempotency_key) DO UPDATE
             SET id = excluded.id, created_at = excluded.created_at, expires_at = excluded.expires_at
             WHERE download_links.expires_at <= excluded.created_at`,
        )
        .bind(link.id, link.instanceId, link.idempotencyKey, link.now, link.expiresAt),
      database
        .prepare(
          `UPDATE downloads SET downloads_used = downloads_used + 1
           WHERE instance_id = ?1 AND EXISTS (SELECT 1 FROM download_links WHERE id = ?2)`,
        )
        .bind(link.instanceId, link.id),
      database
        .prepare(
          `SELECT id, expires_at AS expiresAt FROM download_links
           WHERE instance_id = ? AND idempotency_key = ? AND expires_at > ?`,
        )
        .bind(link.instanceId, link.idempotencyKey, link.now),
    ]);
    return found?.results[0] ?? null;
  },

  /** The entitlement behind a link, with the state it is in now; null: there is none, or the link counts no more. */
  async behind(instanceId: string, linkId: string) {
    const row = await drizzle(database)
      .select({ download: downloads, state: instances.state, endsAt: instances.endsAt })
      .from(downloads)
      .innerJoin(instances, eq(instances.id, downloads.instanceId))
      .innerJoin(downloadLinks, eq(downloadLinks.instanceId, downloads.instanceId))
      .where(and(eq(downloads.instanceId, instanceId), eq(downloadLinks.id, linkId)))
      .get();
    return row ?? null;
  },
});
