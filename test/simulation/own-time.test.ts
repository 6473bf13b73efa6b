import { expect, it, vi } from 'vitest';
import { systemChance } from '#objects/lib/host.ts';
import { play } from './history.ts';

it('nothing in a history waits for real time or draws real chance, or a seed would not be one history', async () => {
  const real = [
    vi.spyOn(systemChance, 'after'),
    vi.spyOn(systemChance, 'random'),
    vi.spyOn(Date, 'now').mockReturnValue(0),
    vi.spyOn(Math, 'random'),
  ];
  for (let seed = 1; seed <= 25; seed += 1) await play(seed);
  const [after, random, , chance] = real;
  for (const drawn of [after, random, chance]) expect(drawn).not.toHaveBeenCalled();
  for (const spy of real) spy.mockRestore();
});
