import { fetchKeyRing, type KeyBinding } from '#shared/crypto/key-source.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { tendBackups } from './run.ts';
import type { BackupHold, Backups, Source } from './sources.ts';

/** What a worker that backs up has in its env. */
export interface BackupEnv {
  BACKUPS: R2Bucket;
  /** A ring of keys (`shared/crypto/key-ring.ts`) of the worker's own. */
  BACKUP_KEY: KeyBinding;
  /** Decimal; 0: only on demand. */
  BACKUP_EVERY_SECONDS: string;
  BACKUP_KEEP_DAYS: string;
  /** Set only while a restore is under way: whoever holds it may put backups back, and crons rest. */
  RESTORE_TOKEN?: string;
}

const CRON_SPENDS_MS = 40 * SECOND_MS;

export async function backupsOf(
  env: BackupEnv,
  worker: string,
  sources: readonly Source[],
  hold?: BackupHold,
): Promise<Backups> {
  return {
    worker,
    bucket: env.BACKUPS,
    ring: await fetchKeyRing('BACKUP_KEY', env.BACKUP_KEY),
    clock: systemClock,
    sources,
    ...(hold === undefined ? {} : { hold }),
    everySeconds: Number(env.BACKUP_EVERY_SECONDS),
    keepDays: Number(env.BACKUP_KEEP_DAYS),
  };
}

/** The cron's part. What fails is logged and tried again by the next. */
export async function keepBackups(
  env: BackupEnv,
  worker: string,
  sources: readonly Source[],
  hold?: BackupHold,
): Promise<void> {
  try {
    await tendBackups(await backupsOf(env, worker, sources, hold), systemClock.now() + CRON_SPENDS_MS);
  } catch (error) {
    log.error('backup failed', { worker, error });
  }
}
