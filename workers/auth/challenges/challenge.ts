import type { ChallengeAction, ChallengeBody } from '#shared/contracts/http/challenge.ts';

/** What an answer counts for: one attempt at one thing about one address. */
export interface Occasion {
  action: ChallengeAction;
  /** Keyed hash of the address. */
  emailIndex: string;
}

/** What came of an answer. `unavailable`: nobody could tell, so that another kind has to be asked for. */
export type Checked =
  | { outcome: 'passed'; pressure: number }
  | { outcome: 'failed' }
  | { outcome: 'unavailable' };

/** One kind of challenge. `answer` is what follows its name in `X-Challenge-Answer`. */
export interface Challenge {
  demand(occasion: Occasion, pressure: number): ChallengeBody;
  /** Passes once for each answer. */
  check(occasion: Occasion, answer: string): Promise<Checked>;
}

/** Uses an id up: true for one caller alone. `until`, epoch milliseconds: nobody could use it after. */
export type Spend = (id: string, until: number) => Promise<boolean>;

export const FAILED: Checked = { outcome: 'failed' };
