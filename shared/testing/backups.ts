import { BEGINNING, type Position, restore } from '#shared/backup/restore.ts';
import { backUp, backupsToPutBack } from '#shared/backup/run.ts';
import type { Backups } from '#shared/backup/sources.ts';

/** Takes a whole backup, and answers with its id. */
export async function taken(backups: Backups): Promise<string> {
  for (;;) {
    const run = await backUp(backups, Number.MAX_SAFE_INTEGER);
    if (run?.state === 'complete') return run.id;
  }
}

/** Puts a backup back, each source in its turn, over what is there. Answers with the names of the sources in that order. */
export async function putBack(backups: Backups, id: string): Promise<string[]> {
  const listed = (await backupsToPutBack(backups)).filter((each) => each.id === id);
  for (const { source } of listed) {
    let at: Position | null = BEGINNING;
    while (at !== null) {
      const step = await restore(backups, { source, id, replace: true, at });
      if ('code' in step) throw new Error(`${source}: ${step.code}`);
      at = step.next;
    }
  }
  return listed.map(({ source }) => source);
}
