import { ASKED_BY_RESTORE, type DataRequest } from '#objects/data-requests/machine.ts';
import { newId } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { AuthPorts } from '../ports.ts';
import { REPLAYED_MAX } from './limits.ts';
import { marksFrom } from './replay.ts';

export interface ErasedAgain {
  run: string;
  erased: number;
  left: { accountId: string; requestId: string; state: 'running' | 'failed'; error: string | null }[];
  next: string | null;
}

/**
 * The last step of a restore: whose erasure had begun is erased again, before anybody can sign in. Looks at one page of the
 * list that lies beside the backups and tells how far each has come; safe to repeat. A person is asked for once a `run`, so
 * that a restore that is done over erases over; what failed in it is tried again.
 */
export async function eraseAgain(
  ports: AuthPorts,
  requestId: string,
  input: { run: string | null; since: string | null; after: string | null },
): Promise<ErasedAgain> {
  const run = input.run ?? rfc3339(ports.clock.now());
  const { accountIds, next } = await ports.privacy.marks.page(
    marksFrom(input.since),
    input.after,
    REPLAYED_MAX,
  );
  const left: ErasedAgain['left'] = [];
  let erased = 0;
  for (const accountId of new Set(accountIds)) {
    const request = await repeated(ports, { requestId, accountId, from: Date.parse(run) });
    const { id, state, error } = request;
    if (state === 'done') erased += 1;
    else left.push({ accountId, requestId: id, state: state === 'failed' ? state : 'running', error });
  }
  return { run, erased, left, next };
}

/** The erasure of a person as this run has asked for it, or asks for it now. */
function repeated(
  ports: AuthPorts,
  { requestId, accountId, from }: { requestId: string; accountId: string; from: number },
): Promise<DataRequest> {
  const call = { requestId };
  return ports.privacy.of(accountId, async (person) => {
    const asked = (await person.list(call)).find(
      (request) => request.kind === 'erasure' && request.isRepeat && request.askedAt >= from,
    );
    if (asked !== undefined) return asked;
    const answer = await person.ask(call, {
      id: newId('dataRequest'),
      accountId,
      kind: 'erasure',
      askedBy: ASKED_BY_RESTORE,
      graceMs: 0,
      isRepeat: true,
      once: null,
    });
    if (answer.kind !== 'answered') throw new Error(`the erasure of ${accountId} is not answered`);
    return answer.reply.request;
  });
}
