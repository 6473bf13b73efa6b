import type { Actor } from '#shared/auth/access-token.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { currentSession } from '../usecases/current-session.ts';
import type { AuthError } from '../usecases/errors.ts';
import { REPLAYED_MAX } from './limits.ts';

/**
 * An erasure bears the time it began at: one that was under way while the backup was made is half in it. It is looked for so
 * much further back, longer than any takes, with the time a person has to look at one that failed.
 */
const LOOK_BACK_MS = 31 * DAY_MS;

/** From when on marks are looked at after a restore of a backup of this time; null: from the first. */
export const marksFrom = (since: string | null): string | null =>
  since === null ? null : rfc3339(Date.parse(since) - LOOK_BACK_MS);

/**
 * After a restore: erases everybody again whose erasure had begun, from the list that lies beside the backups. Safe to
 * repeat: what is erased is found erased, and a person whose erasure is under way is left to it.
 */
export async function replayErasures(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { since: string | null; after: string | null },
): Promise<Result<{ begun: number; next: string | null }, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'customers.data' });
  if (!current.ok) return current;
  const { accountIds, next } = await ports.privacy.marks.page(
    marksFrom(input.since),
    input.after,
    REPLAYED_MAX,
  );
  const call = { requestId: caller.requestId };
  let begun = 0;
  for (const accountId of new Set(accountIds)) {
    const asked = {
      id: newId('dataRequest'),
      accountId,
      kind: 'erasure' as const,
      askedBy: actor.userId,
      graceMs: 0,
      isRepeat: true,
      once: null,
    };
    const answer = await ports.privacy.of(accountId, (person) => person.ask(call, asked));
    if (answer.kind === 'answered' && answer.reply.kind === 'asked') begun += 1;
  }
  return ok({ begun, next });
}
