import { createHash } from 'node:crypto';
import { rfc3339 } from '#shared/time/time.ts';
import type { Clock } from '#shared/time/time.ts';
import { PUZZLE_TTL_MS } from '../limits.ts';
import type { Challenge, Occasion, Spend } from './challenge.ts';
import { FAILED } from './challenge.ts';
import type { Seals } from './seals.ts';

const NONCE = /^\d{1,16}$/;

/**
 * A puzzle that costs whoever solves it some work, and us one hash. Nothing is kept of it until it is solved: it carries
 * its pressure and its end, sealed for one occasion. `bits` of zeros at pressure 0; each step of pressure doubles the work.
 */
export function proofOfWork(seals: Seals, spend: Spend, clock: Clock, bits: number): Challenge {
  return {
    demand(occasion, pressure) {
      const expiresAt = clock.now() + PUZZLE_TTL_MS;
      const puzzle = seals.make('puzzle', occasion, { pressure, expiresAt });
      return {
        kind: 'proof_of_work',
        puzzle,
        bits: bits + pressure,
        expiresAt: rfc3339(expiresAt),
      };
    },

    async check(occasion: Occasion, answer: string) {
      const [puzzle = '', nonce = ''] = answer.split(':');
      const sealed = seals.open('puzzle', occasion, puzzle);
      if (sealed === null || !NONCE.test(nonce)) return FAILED;
      const { id, pressure, expiresAt } = sealed;
      if (!isSolved(puzzle, nonce, bits + pressure) || !(await spend(id, expiresAt))) return FAILED;
      return { outcome: 'passed', pressure };
    },
  };
}

/** Whether SHA-256 of `<puzzle>:<nonce>` begins with `bits` zero bits. */
export function isSolved(puzzle: string, nonce: string, bits: number): boolean {
  const first = createHash('sha256').update(`${puzzle}:${nonce}`).digest().readUInt32BE();
  return Math.clz32(first) >= bits;
}
