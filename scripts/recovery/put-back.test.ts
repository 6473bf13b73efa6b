import { describe, expect, it } from 'vitest';
import { chooseAt } from './put-back.ts';

const backup = (id: string, source: string, minute: number) => ({
  id,
  source,
  takenAt: new Date(Date.UTC(2026, 10, 1, Number(id), minute)).toISOString(),
});
const at = (hour: number, minute: number) => Date.UTC(2026, 10, 1, hour, minute);
/** Databases first, the newest of each first: the order of putting them back. */
const LIST = [
  backup('12', 'STORE_DB', 0),
  backup('06', 'STORE_DB', 0),
  backup('00', 'STORE_DB', 0),
  backup('06', 'STORE_DB_2', 2),
  backup('00', 'STORE_DB_2', 2),
  backup('06', 'uses', 4),
];
const chosen = (...when: Parameters<typeof at>) =>
  chooseAt(LIST, at(...when)).map(({ id, source }) => `${id} ${source}`);

describe('what is put back', () => {
  it('is all of one run, and not of one that broke off: a shard that moved since would be in neither database', () => {
    expect(chosen(13, 0)).toEqual(['06 STORE_DB', '06 STORE_DB_2', '06 uses']);
  });

  it('is of the run before, when the last of a run is younger than the time asked for', () => {
    expect(chosen(6, 3)).toEqual(['00 STORE_DB', '00 STORE_DB_2']);
  });

  it('is nothing where no run is that old', () => {
    expect(chosen(0, 1)).toEqual([]);
  });
});
