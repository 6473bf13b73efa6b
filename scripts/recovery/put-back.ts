import { api } from '../lib/api.ts';
import { TAKEN } from './take.ts';

const LOOK_AGAIN_MS = 1_000;

export interface Wanted {
  origin: string;
  /** The value of RESTORE_TOKEN. */
  token: string;
  /** Epoch milliseconds: of each worker the newest run of backups that is not younger. */
  at: number;
  /** Deletes what is there. */
  replace: boolean;
}
interface Backup {
  id: string;
  source: string;
  takenAt: string;
}
/** Whose erasure is not done: it is tried again by itself, if it has not failed for good. */
export interface NotErased {
  accountId: string;
  state: 'running' | 'failed';
  error: string | null;
}
interface ErasedPage {
  run: string;
  left: NotErased[];
  next: string | null;
}
interface Step {
  next: object | null;
  rows: number;
}

/**
 * Puts everything back and erases again who was erased since; `told` hears of each source that is done. Answers with whose
 * erasure could not be done yet, and why. Throws when a worker has no backup of that time.
 */
export async function restoreAll(
  { origin, token, at, replace }: Wanted,
  told: (done: { worker: string; source: string; takenAt: string; rows: number }) => void,
): Promise<NotErased[]> {
  const headers = { 'x-restore-token': token };
  let oldest = at;
  for (const worker of TAKEN.toReversed()) {
    const path = `/v1/backups/${worker}/restore`;
    const { items } = await api<{ items: Backup[] }>(origin, `GET ${path}`, { headers });
    const chosen = chooseAt(items, at);
    if (chosen.length === 0) {
      throw new Error(`No backup of ${worker} is as old as ${new Date(at).toISOString()}.`);
    }
    for (const { id, source, takenAt } of chosen) {
      let step: Step | null = null;
      do {
        const body: object = {
          source,
          backup: id,
          replace,
          ...(step?.next === undefined || step.next === null ? {} : { at: step.next }),
        };
        step = await api<Step>(origin, `POST ${path}`, { headers, body });
      } while (step.next !== null);
      told({ worker, source, takenAt, rows: step.rows });
      oldest = Math.min(oldest, Date.parse(takenAt));
    }
  }
  return eraseAgain(origin, headers, new Date(oldest).toISOString());
}

/** Until everybody is erased, or what is left has failed at least once: that goes on by itself when the shop is open. */
async function eraseAgain(
  origin: string,
  headers: Record<string, string>,
  since: string,
): Promise<NotErased[]> {
  let run: string | null = null;
  for (;;) {
    const left: NotErased[] = [];
    let after: string | null = null;
    do {
      const page: ErasedPage = await api<ErasedPage>(origin, 'POST /v1/backups/auth/erase-again', {
        headers,
        body: { since, after, run },
      });
      left.push(...page.left);
      ({ run, next: after } = page);
    } while (after !== null);
    if (left.every(({ error }) => error !== null)) return left;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/**
 * The backups of the newest run that is whole and not younger, in the order of the list, which is that of putting them back.
 * A run that broke off holds some sources alone. Those are not put together with others of an earlier run: what moved between
 * two databases meanwhile would be in both or in neither, and stock would not know of what an order had sold.
 */
export function chooseAt(list: readonly Backup[], at: number): Backup[] {
  const newestFirst = [...new Set(list.map(({ id }) => id))].sort().toReversed();
  const run = newestFirst.find((id) => {
    const expected = new Set(list.filter((backup) => backup.id <= id).map(({ source }) => source));
    const taken = list.filter((backup) => backup.id === id);
    return taken.length === expected.size && taken.every(({ takenAt }) => Date.parse(takenAt) <= at);
  });
  return list.filter(({ id }) => id === run);
}
