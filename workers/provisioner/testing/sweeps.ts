import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { sweep } from '../schedule.ts';

/** Makes everything of one line that waits for the sweeper due, then sweeps. */
export async function sweepLate(line: { instanceId: string }): Promise<void> {
  const { STORE_DB } = workerEnv<Env>();
  await STORE_DB.batch([
    STORE_DB.prepare(
      'UPDATE operations SET check_at = 1 WHERE check_at IS NOT NULL AND instance_id = ?',
    ).bind(line.instanceId),
    STORE_DB.prepare('UPDATE instances SET sign_at = 1 WHERE sign_at IS NOT NULL AND id = ?').bind(
      line.instanceId,
    ),
    STORE_DB.prepare('UPDATE instances SET nudge_at = 1 WHERE nudge_at IS NOT NULL AND id = ?').bind(
      line.instanceId,
    ),
    STORE_DB.prepare(
      'UPDATE undo_requests SET nudge_at = 1 WHERE nudge_at IS NOT NULL AND instance_id = ?',
    ).bind(line.instanceId),
    STORE_DB.prepare('UPDATE accesses SET due_at = 1 WHERE due_at IS NOT NULL AND instance_id = ?').bind(
      line.instanceId,
    ),
    STORE_DB.prepare('UPDATE tasks SET wake_at = 1 WHERE wake_at IS NOT NULL AND instance_id = ?').bind(
      line.instanceId,
    ),
    STORE_DB.prepare('UPDATE reports SET due_at = 1 WHERE due_at IS NOT NULL AND instance_id = ?').bind(
      line.instanceId,
    ),
  ]);
  await STORE_DB.batch(
    ['due_at', 'nudge_at'].map((column) =>
      STORE_DB.prepare(
        `UPDATE lifecycle_operations SET ${column} = 1 WHERE ${column} IS NOT NULL AND instance_id = ?`,
      ).bind(line.instanceId),
    ),
  );
  await sweep(workerEnv<Env>());
}
