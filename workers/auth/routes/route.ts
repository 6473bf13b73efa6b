import type { Context } from 'hono';
import type { App, AppEnv } from '#shared/http/app.ts';
import type { z } from 'zod';
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

/** Answers with credentials or personal data: kept by no cache. */
export const NO_STORE = { 'cache-control': 'no-store' };

export const TAGS = {
  auth: ['Authentication'],
  passkeys: ['Passkeys'],
  accounts: ['Accounts'],
  factors: ['Second factors'],
};
