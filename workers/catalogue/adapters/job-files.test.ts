import { describe, expect, it } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { FILE_PART_BYTES } from '../limits.ts';
import { FileTooLarge, jobFiles } from './job-files.ts';

/** Bytes in chunks that end nowhere near those of parts. */
async function* chunksOf(total: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < total; at += 700_001) {
    await Promise.resolve();
    yield new Uint8Array(Math.min(700_001, total - at)).fill(at % 251);
  }
}

describe('a file of a job', () => {
  const bucket = workerEnv<Env>().JOB_FILES;
  const files = jobFiles(bucket);
  const sizes = [
    ['smaller than a part', 10],
    ['of several parts', 2 * FILE_PART_BYTES + 1],
  ] as const;

  it.each(sizes)('%s is kept up to its limit and not at all above it', async (_what, bytes) => {
    const [within, above] = [`within-${bytes}`, `above-${bytes}`];
    expect(await files.write(within, chunksOf(bytes), bytes)).toMatchObject({ bytes });
    expect((await bucket.head(within))?.size).toBe(bytes);
    await expect(files.write(above, chunksOf(bytes), bytes - 1)).rejects.toThrow(FileTooLarge);
    expect(await bucket.head(above)).toBeNull();
  });
});
