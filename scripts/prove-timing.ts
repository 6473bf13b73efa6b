/**
 * Do answers tell by their time whether an address has an account? Asks a system of its own about known and unknown addresses
 * in turns, and compares the times of both (Mann–Whitney). Prints one JSON line for each route; exit code 1 when one
 * can be told apart: p below one in a thousand AND a chance of more than 0.6 to be right.
 *
 *   npm run prove:timing [-- --samples 120]
 */
import { randomBytes } from 'node:crypto';
import { signUp } from './lib/accounts.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { startSystem } from './lib/system.ts';
import { compare } from './timing/overlap.ts';

const USAGE = 'Usage: npm run prove:timing [-- --samples 120]';
const { values } = parseArguments(USAGE, { options: { samples: { type: 'string', default: '120' } } });
const samples = Number(values.samples);
if (!Number.isSafeInteger(samples) || samples < 20) refuse(`${USAGE}: at least 20.`);

const P_MAX = 0.001;
/** Guesses right this often are worth something to somebody who asks once. */
const SUPERIORITY_MAX = 0.6;
/** Of one account three mails are answered without a challenge: the one it was made by, one to warm up, and one that counts. */
const ACCOUNTS = samples;
const MADE_AT_ONCE = 8;
const ROUTES = ['sign-in', 'sign-up', 'password-reset'] as const;

const newEmail = (): string => `timed-${randomBytes(6).toString('hex')}@example.org`;
const system = await startSystem();

async function timeOf(route: (typeof ROUTES)[number], email: string): Promise<number> {
  const body = JSON.stringify(route === 'sign-in' ? { email, password: 'not this one, surely' } : { email });
  const headers = {
    'content-type': 'application/json',
    'cf-connecting-ip': `10.${[...randomBytes(3)].join('.')}`,
  };
  const begun = performance.now();
  const answer = await fetch(`${system.origin}/v1/auth/${route}`, { method: 'POST', headers, body });
  await answer.text();
  const took = performance.now() - begun;
  if (![202, 401].includes(answer.status)) throw new Error(`${route} answered ${answer.status}`);
  return took;
}

async function newAccounts(): Promise<string[]> {
  const emails = Array.from({ length: ACCOUNTS }, newEmail);
  const waiting = [...emails];
  const lane = async (): Promise<void> => {
    for (let email = waiting.pop(); email !== undefined; email = waiting.pop()) {
      await signUp(system, { email, password: `vivid ${crypto.randomUUID()}` });
    }
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, lane));
  return emails;
}

try {
  for (const route of ROUTES) {
    const addresses = { known: await newAccounts(), unknown: Array.from({ length: ACCOUNTS }, newEmail) };
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    // Each address once before it counts: what is made at the first sight of one is made for both kinds.
    for (let turn = -ACCOUNTS; turn < samples; turn += 1) {
      // In changing order, so that whatever slows down or speeds up does it to both.
      const kinds = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
      for (const kind of kinds) {
        const took = await timeOf(route, addresses[kind].at(turn % ACCOUNTS) ?? '');
        if (turn >= 0) times[kind].push(took);
      }
    }
    const { superiority, p } = compare(times.known, times.unknown);
    const isTold = p < P_MAX && Math.abs(superiority - 0.5) > SUPERIORITY_MAX - 0.5;
    const medianMs = (list: number[]): number =>
      Number(([...list].sort((a, b) => a - b)[list.length >> 1] ?? 0).toFixed(2));
    console.log(
      JSON.stringify({
        route,
        samples,
        knownMedianMs: medianMs(times.known),
        unknownMedianMs: medianMs(times.unknown),
        superiority: Number(superiority.toFixed(3)),
        p: Number(p.toFixed(4)),
        toldApart: isTold,
      }),
    );
    if (isTold) process.exitCode = 1;
  }
} finally {
  await system.stop();
}
