import type { Context } from 'hono';
import type { App, AppEnv } from '#shared/http/app.ts';
import { z } from 'zod';
import { CHALLENGE_ANSWER_CHARACTERS_MAX, CHALLENGE_HEADER } from '#shared/contracts/http/challenge.ts';
import type { Env } from '../env.ts';
import type { AuthPorts, Caller } from '../ports.ts';

/** Ports and caller of one request. */
export type Wired = (c: Context<AppEnv<Env>>) => { ports: AuthPorts; caller: Caller };
/** Adds one endpoint to the application. */
export type Endpoint = (app: App<Env>, wired: Wired) => void;

/** A JSON request body, for `createRoute`'s `request`. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

/** Beside the body of a route that may ask for a challenge. */
export const challengeHeaders = {
  headers: z.object({
    [CHALLENGE_HEADER]: z
      .string()
      .max(CHALLENGE_ANSWER_CHARACTERS_MAX)
      .optional()
      .describe(
        'Answer to the `challenge` of a refusal: `proof_of_work:<puzzle>:<nonce>`, `turnstile:<token>` or `mail:<pass of a link>`. Counts once.',
      ),
  }),
};

/** Answers with credentials or personal data: kept by no cache. */
export const NO_STORE = { 'cache-control': 'no-store' };

export const TAGS = {
  auth: ['Authentication'],
  passkeys: ['Passkeys'],
  accounts: ['Accounts'],
  privacy: ['Privacy'],
  factors: ['Second factors'],
  federation: ['Identity providers'],
};
