import { api } from '../lib/api.ts';
import { TAKEN } from './take.ts';

export interface Wanted {
  origin: string;
  /** The value of RESTORE_TOKEN. */
  token: string;
  /** Epoch milliseconds: of each source the newest backup that is not younger. */
  at: number;
  /** Deletes what is there. */
  replace: boolean;
}
interface Backup {
  id: string;
  source: string;
  takenAt: string;
}
interface Step {
  next: object | null;
  rows: number;
}

/** Puts everything back; `told` hears of each source that is done. Throws when a worker has no backup of that time. */
export async function restoreAll(
  { origin, token, at, replace }: Wanted,
  told: (done: { worker: string; source: string; takenAt: string; rows: number }) => void,
): Promise<void> {
  const headers = { 'x-restore-token': token };
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
    }
  }
}

/** Of each source the newest that is not younger; in the order of the list, which is that of putting them back. */
function chooseAt(list: readonly Backup[], at: number): Backup[] {
  const chosen = new Map<string, Backup>();
  for (const backup of list) {
    if (Date.parse(backup.takenAt) <= at && !chosen.has(backup.source)) chosen.set(backup.source, backup);
  }
  return [...chosen.values()];
}
