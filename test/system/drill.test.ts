import { expect, it } from 'vitest';
import { drill } from '../../scripts/recovery/drill.ts';

const TIMEOUT_MS = 600_000;

it(
  'a shop that lost everything but its backups comes back as it was, row by row and answer by answer, and sells again',
  { timeout: TIMEOUT_MS },
  async () => {
    const result = await drill(1, () => undefined);
    expect(result.orders).toBe(1);
    expect(result.databases).toBe(7);
    expect(result.rows).toBeGreaterThan(1_000);
  },
);
