import { signIn, type SignIn, type Tokens } from './accounts.ts';
import { api } from './api.ts';
import { refuse } from './arguments.ts';
import { sayFailuresPlainly } from './failure.ts';
import { readKept } from './kept.ts';

/** Options of commands that speak to a running system as its operator; the local one when none is given. */
export const OPERATOR_OPTIONS = {
  url: { type: 'string' },
  email: { type: 'string' },
  password: { type: 'string' },
  code: { type: 'string' },
} as const;
export const OPERATOR_USAGE = '[--url ORIGIN --email ADDRESS --password PASSWORD [--code SECOND_FACTOR]]';

interface Given {
  url?: string | undefined;
  email?: string | undefined;
  password?: string | undefined;
  code?: string | undefined;
}

/**
 * Signs in to the system that is meant; ends the command when there is none. What goes wrong from here on is said in plain
 * words, with exit code 2.
 */
export async function asOperator(
  given: Given,
  as: 'operator' | 'admin' = 'operator',
): Promise<{ origin: string; token: () => Promise<string> }> {
  const kept = readKept();
  const origin = given.url ?? kept?.origin;
  const email = given.email ?? kept?.[as].email;
  const password = given.password ?? kept?.[as].password;
  if (origin === undefined || email === undefined || password === undefined) {
    return refuse('Which system? Start one here with npm start, or give --url, --email and --password.');
  }
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) {
    return refuse(`--url ${origin} is no address: http://… or https://….`);
  }
  sayFailuresPlainly(origin);
  let current = await signedIn(origin, { email, password }, given.code);
  let renewAt = Date.now() + TOKEN_USED_MS;
  return {
    origin,
    token: async () => {
      if (Date.now() > renewAt) {
        const body = { refreshToken: current.refreshToken };
        current = await api<Tokens>(origin, 'POST /v1/auth/token', { body });
        renewAt = Date.now() + TOKEN_USED_MS;
      }
      return current.accessToken;
    },
  };
}

async function signedIn(origin: string, who: SignIn, code: string | undefined): Promise<Tokens> {
  const answer: Tokens | { challengeId: string } = await signIn(origin, who);
  if (!('challengeId' in answer)) return answer;
  if (code === undefined) return refuse('This account has a second factor: give its code with --code.');
  const body = { challengeId: answer.challengeId, code };
  return api<Tokens>(origin, 'POST /v1/auth/sign-in/second-factor', { body });
}

/** Less than an access token lasts, so that a long command never runs into its end. */
const TOKEN_USED_MS = 5 * 60_000;
