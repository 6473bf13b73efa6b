import type { ChallengeBody } from '#shared/contracts/http/challenge.ts';
import type { Challenge, Checked, Occasion } from './challenge.ts';
import { FAILED } from './challenge.ts';
import type { MailPass } from './mail-pass.ts';

/** The port: how strangers show, once attempts pile up, that an attempt of theirs costs them something. */
export interface Challenges {
  /** What to solve. `insteadOfVendor`: the vendor could not be asked, so that our own puzzle takes its place. */
  demand(occasion: Occasion, pressure: number, insteadOfVendor: boolean): ChallengeBody;
  /** What an answer `<kind>:<answer>` is worth; null: none was sent. Each counts once. */
  check(occasion: Occasion, answer: string | null): Promise<Checked>;
  /** Secret of a link that stands for a solved challenge. */
  pass(occasion: Occasion): string;
}

/** `vendor`, where one is set up, is asked for first; puzzles are taken in any case, since only we give them out. */
export function challenges(puzzles: Challenge, vendor: Challenge | null, passes: MailPass): Challenges {
  const kinds = new Map<string, Pick<Challenge, 'check'> | null>([
    ['proof_of_work', puzzles],
    ['turnstile', vendor],
    ['mail', passes],
  ]);
  return {
    demand: (occasion, pressure, insteadOfVendor) =>
      (insteadOfVendor ? puzzles : (vendor ?? puzzles)).demand(occasion, pressure),
    async check(occasion, answer) {
      if (answer === null) return FAILED;
      const [kind = ''] = answer.split(':', 1);
      return (await kinds.get(kind)?.check(occasion, answer.slice(kind.length + 1))) ?? FAILED;
    },
    pass: (occasion) => passes.make(occasion),
  };
}
