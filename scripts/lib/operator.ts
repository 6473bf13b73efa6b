import { signIn } from './accounts.ts';
import { refuse } from './arguments.ts';
import { sayFailuresPlainly } from './failure.ts';
import { readKept } from './kept.ts';

/** Options of commands that speak to a running system as its operator; the local one when none is given. */
export const OPERATOR_OPTIONS = {
  url: { type: 'string' },
  email: { type: 'string' },
  password: { type: 'string' },
} as const;
export const OPERATOR_USAGE = '[--url ORIGIN --email ADDRESS --password PASSWORD]';

/**
 * Signs in to the system that is meant; ends the command when there is none. What goes wrong from here on is said in plain
 * words, with exit code 2.
 */
export async function asOperator(given: {
  url?: string | undefined;
  email?: string | undefined;
  password?: string | undefined;
}): Promise<{ origin: string; token: () => Promise<string> }> {
  const kept = readKept();
  const origin = given.url ?? kept?.origin;
  const email = given.email ?? kept?.operator.email;
  const password = given.password ?? kept?.operator.password;
  if (origin === undefined || email === undefined || password === undefined) {
    return refuse('Which system? Start one here with npm start, or give --url, --email and --password.');
  }
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) {
    return refuse(`--url ${origin} is no address: http://… or https://….`);
  }
  sayFailuresPlainly(origin);
  let current = await signIn(origin, { email, password });
  let renewAt = Date.now() + TOKEN_USED_MS;
  return {
    origin,
    token: async () => {
      if (Date.now() > renewAt) {
        current = await signIn(origin, { email, password });
        renewAt = Date.now() + TOKEN_USED_MS;
      }
      return current.accessToken;
    },
  };
}

/** Less than an access token lasts, so that a long command never runs into its end. */
const TOKEN_USED_MS = 5 * 60_000;
