import { PRESSURE_MAX } from '#objects/login-guard/policies.ts';
import type { Clock } from '#shared/time/time.ts';
import { EMAIL_LINK_TTL_MS } from '../limits.ts';
import { FAILED, type Checked, type Occasion, type Spend } from './challenge.ts';
import type { Seals } from './seals.ts';

/** The way out for whoever has no scripts: a link to the address itself stands for any challenge, once. */
export interface MailPass {
  make(occasion: Occasion): string;
  check(occasion: Occasion, answer: string): Promise<Checked>;
}

export const mailPass = (seals: Seals, spend: Spend, clock: Clock): MailPass => ({
  make: (occasion) =>
    seals.make('pass', occasion, { pressure: PRESSURE_MAX, expiresAt: clock.now() + EMAIL_LINK_TTL_MS }),

  async check(occasion, answer) {
    const pass = seals.open('pass', occasion, answer);
    if (pass === null || !(await spend(pass.id, pass.expiresAt))) return FAILED;
    return { outcome: 'passed', pressure: pass.pressure };
  },
});
