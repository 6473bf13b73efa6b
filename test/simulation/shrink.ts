import { type History, type HistoryOptions, play } from './history.ts';

const REPLAYS_MAX = 600;

/**
 * The smallest history that still breaks a rule: leaves out orders, wishes and faults for as long as one breaks. Streams
 * of chance stand on their own, so what is left stays as it was.
 */
export async function shrink(seed: number, options: HistoryOptions = {}): Promise<History> {
  const dropped = new Set<string>();
  let best = await play(seed, { ...options, dropped });
  let replays = 0;
  for (let size = best.struck.length; size >= 1 && replays < REPLAYS_MAX; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.struck.length && replays < REPLAYS_MAX;) {
      const without = best.struck.slice(at, at + size);
      const tried = await play(seed, { ...options, dropped: new Set([...dropped, ...without]) });
      replays += 1;
      if (tried.violations.length === 0) {
        at += size;
        continue;
      }
      for (const name of without) dropped.add(name);
      best = tried;
    }
  }
  return play(seed, { ...options, dropped, trace: true });
}
