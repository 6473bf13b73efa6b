import { beforeAll, describe, expect, it } from 'vitest';
import { ndcgAt10, searchQuality } from './quality.ts';

type Quality = Awaited<ReturnType<typeof searchQuality>>;
let quality: Quality;
let heldOut: Quality;
beforeAll(async () => {
  quality = await searchQuality('tuned');
  heldOut = await searchQuality('held out');
}, 120_000);

describe('the quality of search', () => {
  it('does not fall below what it was, because every change of weights moves something', () => {
    expect(quality.queries).toBeGreaterThan(200);
    const { ndcg = 0, recall = 0 } = quality.by['ours'] ?? {};
    expect(ndcg).toBeGreaterThan(0.94);
    expect(recall).toBeGreaterThan(0.97);
  });

  it('holds for queries nothing was tuned by, because the others tell how well they were learnt', () => {
    expect(heldOut.queries).toBeGreaterThanOrEqual(60);
    const { ndcg = 0, recall = 0 } = heldOut.by['ours'] ?? {};
    expect(ndcg).toBeGreaterThan(0.8);
    expect(recall).toBeGreaterThan(0.85);
  });

  it.each(['plain FTS5', 'MiniSearch'])('is better than that of %s on the same documents', (name) => {
    for (const { by } of [quality, heldOut])
      expect(by['ours, without synonyms']?.ndcg).toBeGreaterThan(by[name]?.ndcg ?? 1);
  });

  it('is measured rightly', () => {
    const grades = new Map([
      ['a', 3],
      ['b', 1],
    ]);
    expect(ndcgAt10(['a', 'b'], grades)).toBe(1);
    expect(ndcgAt10(['x'], grades)).toBe(0);
    // (1/log2(2) + 7/log2(3)) / (7/log2(2) + 1/log2(3))
    expect(ndcgAt10(['b', 'a'], grades)).toBeCloseTo(0.7098, 4);
  });
});
