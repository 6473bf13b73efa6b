import { expect, it } from 'vitest';
import { proveKill } from '../../scripts/kill/prove.ts';

const TIMEOUT_MS = 600_000;

it(
  'whatever instant the whole system is killed at, every order ends, charged once or not at all, and nothing is doubled',
  { timeout: TIMEOUT_MS },
  async () => {
    const report = await proveKill({ rounds: 3, buyers: 4, seed: Date.now() % 1_000_000 });
    console.log(JSON.stringify(report));
    expect(report.violations).toEqual([]);
    expect(report.ends['completed'] ?? 0).toBeGreaterThan(0);
  },
);
