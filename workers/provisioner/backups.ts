import { copiedObjects, NAMES_A_PAGE } from '#objects/lib/copied-objects.ts';
import type { BackupHold, Source } from '#shared/backup/sources.ts';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import { entitlementQueries } from './queries/entitlements.ts';
import { licencePoolQueries } from './queries/licence-pools.ts';

/**
 * What this worker keeps: every database of the Product Store that the configuration binds, then who uses what lies in
 * them.
 */
export function sources(env: Env): Source[] {
  const databases = storeDatabases(env);
  const entitlements = [...databases.values()].map(entitlementQueries);
  return [
    ...[...databases].map(([name, database]) => ({
      kind: 'database' as const,
      name,
      database,
      seeded: ['templates', 'template_versions'],
      ...(name === HOME ? { settle: () => holdPools(database) } : {}),
    })),
    copiedObjects({
      name: 'uses',
      namespace: env.INSTANCE_USE,
      async names(after) {
        const pages = await Promise.all(
          entitlements.map((each) => each.usedAfter(after ?? '', NAMES_A_PAGE)),
        );
        const names = [...new Set(pages.flat())].sort().slice(0, NAMES_A_PAGE);
        return { names, next: names.length < NAMES_A_PAGE ? null : (names.at(-1) ?? null) };
      },
      // It may have been used after its database was taken.
      async restored(id) {
        await Promise.all(entitlements.map((each) => each.markUsed(id, systemClock.now())));
      },
    }),
  ];
}

/** Keys that were handed out since the backup look free: none goes out until staff has said which. */
async function holdPools(database: D1Database): Promise<boolean> {
  await licencePoolQueries(database).hold(null, systemClock.now());
  return true;
}

/**
 * No shard is moved while they are taken: each database is kept as of an instant of its own, and a shard that was handed over
 * between two of them would be in both or in neither.
 */
export function hold(env: Env): BackupHold {
  const mover = env.SHARD_MOVER.getByName('mover');
  return { begin: (run, until) => mover.hold({ run, until }), end: (run) => mover.release({ run }) };
}
