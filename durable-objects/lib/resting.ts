import { isRestoring } from '#shared/backup/restoring.ts';
import { MINUTE_MS, systemClock } from '#shared/time/time.ts';

/** How long an alarm rests before it looks whether the restore is over. */
const REST_MS = MINUTE_MS;

/**
 * Body of the `alarm()` of an object that is put back by restores. While one is under way nothing that is due is done, since
 * whom it would ask may not be back: the alarm rings again.
 */
export async function ringUnlessRestoring(
  env: object,
  storage: DurableObjectStorage,
  ring: () => Promise<void>,
): Promise<void> {
  if (isRestoring(env)) await storage.setAlarm(systemClock.now() + REST_MS);
  else await ring();
}
