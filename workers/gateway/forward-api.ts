import type { Context } from 'hono';
import { Problem } from '#shared/http/problems.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { API_PATHS } from './api-document.ts';
import type { Env } from './env.ts';
import { answers } from './public-reads/answers.ts';
import { readThrough } from './public-reads/read-through.ts';
import { methodsAt, methodTable } from './methods.ts';

const METHODS = methodTable(API_PATHS);

/** Answers API paths: a method the document does not offer is refused here, all else goes to its worker. */
export function forwardApi(c: Context<AppEnv<Env>>): Response | Promise<Response> {
  const offered = methodsAt(METHODS, c.req.path);
  const allow = offered?.join(', ') ?? '';
  if (offered !== null && c.req.method === 'OPTIONS') return c.body(null, 204, { allow });
  if (offered !== null && !offered.includes(c.req.method)) {
    throw new Problem({
      slug: 'method-not-allowed',
      detail: `Offered here: ${allow}.`,
      headers: { allow },
    });
  }
  return readThrough(c.req.raw, {
    answers,
    later: (work) => c.executionCtx.waitUntil(work),
    env: c.env,
    requestId: c.get('requestId'),
    clientIp: c.req.header('cf-connecting-ip'),
    clientCountry: c.req.header('cf-ipcountry'),
  });
}
