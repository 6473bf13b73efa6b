import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { PROBLEMS, Problem } from '#shared/http/problems.ts';
import { log } from '#shared/observability/log.ts';
import { Refused, STEP_UP_REQUIRED } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { browserCart } from '../cart-cookie.ts';
import { cookieSession } from '../session.ts';
import { signInPath, stepUpPath } from '../signed-in.ts';
import { page } from './layout.tsx';

interface Failure {
  status: number;
  title: string;
  detail: string;
}

/** The session stands, and a service does not take its newest token: nobody is signed out for that. */
const NOT_TAKEN_YET: Failure = {
  ...PROBLEMS.unavailable,
  detail: 'You are still signed in. Please try again in a moment.',
};

/** What a page answers when it cannot be made: a readable page, or problem details where a script asked. */
export async function failurePage(error: unknown, c: Context<PageEnv>): Promise<Response> {
  const told = explain(error, c.get('requestId'));
  const failure = told.status === 401 && c.get('session').isRenewed ? NOT_TAKEN_YET : told;
  if (error instanceof Refused && error.refusal.type === STEP_UP_REQUIRED && !wantsJson(c)) {
    return c.redirect(stepUpPath(c.req.raw), 303);
  }
  if (failure.status === 401 && !wantsJson(c)) {
    c.get('session').close();
    return c.redirect(signInPath(c.req.raw), 303);
  }
  if (error instanceof Problem) {
    for (const [name, value] of Object.entries(error.details.headers ?? {})) c.header(name, value);
  }
  const status = failure.status as ContentfulStatusCode;
  if (wantsJson(c)) return c.json({ ...failure, requestId: c.get('requestId') }, status);
  return page(c, {
    title: failure.title,
    status,
    children: (
      <>
        <h1>{failure.title}</h1>
        <p>{failure.detail}</p>
        <p>
          <a href="/">Go to the shop</a>
        </p>
        <p class="soft">
          Request <code>{c.get('requestId')}</code>
        </p>
      </>
    ),
  });
}

/** What is refused before it is known which page is asked for is told on a page all the same. */
export function refusedPage(error: unknown, c: Context<PageEnv>): Promise<Response> {
  c.set('session', cookieSession(c));
  c.set('cart', browserCart(c));
  return failurePage(error, c);
}

const wantsJson = (c: Context<PageEnv>): boolean => c.req.header('accept') === 'application/json';

function explain(error: unknown, requestId: string): Failure {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof Problem) return { ...PROBLEMS[error.details.slug], detail: readableDetail(error) };
  log.error('page failed', { system: 'gateway', requestId, error });
  return { ...PROBLEMS.internal, detail: 'Please try again. If it stays, tell us the number below.' };
}

/** Fields are named where there are any: nobody sees `errors` on a page. */
function readableDetail({ details: { detail, errors = [] } }: Problem): string {
  const named = errors.map((error) => `${error.pointer.slice(1) || `The ${error.in}`} ${error.detail}.`);
  return named.length === 0 ? detail : named.join(' ');
}
