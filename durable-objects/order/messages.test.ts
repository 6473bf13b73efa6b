import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inBatches } from './messages.ts';

const bytesOf = (batch: readonly unknown[]): number => new TextEncoder().encode(JSON.stringify(batch)).length;

describe('messages for a queue', () => {
  it('are sent all and in order, in batches the queue takes by count and by bytes', () => {
    assert(
      property(array(integer({ min: 0, max: 40_000 }), { maxLength: 250 }), (lengths) => {
        const messages = lengths.map((length, index) => ({ index, text: 'é'.repeat(length) }));
        const batches = inBatches(messages);
        expect(batches.flat()).toEqual(messages);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(100);
          expect(bytesOf(batch)).toBeLessThanOrEqual(256_000);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('travel together as long as they fit, because each batch is a call', () => {
    expect(inBatches(Array.from({ length: 200 }, () => ({ text: 'short' })))).toHaveLength(2);
    expect(inBatches([])).toEqual([]);
  });
});
