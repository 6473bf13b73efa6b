import { Hono, type Context } from 'hono';
import type { AuthorizationStep } from '#shared/contracts/http/oauth.ts';
import { api, publicApi, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { onward } from './onward.tsx';
import { Notice } from './parts.tsx';

const AUTHORIZE = '/oauth/authorize';
const queryOf = (c: Context<PageEnv>): string => new URL(c.req.url).search.slice(1);

/** Where applications send their users to sign in and agree (RFC 6749 §3.1). Works without JavaScript. */
export const oauthAuthorize = new Hono<PageEnv>()
  .get(AUTHORIZE, async (c) => show(c, queryOf(c), await ask(c, queryOf(c)), 'redirect'))
  // Where a sign-in ends that was asked for here.
  .get('/oauth/continue', (c) => onward(c, `${AUTHORIZE}?${queryOf(c)}`, 'the application'))
  .use('/oauth/decision', signedIn)
  .post('/oauth/decision', async (c) => {
    const form = await formOf(c);
    const query = form['query'] ?? '';
    const step = await ask(c, query, form['decision'] === 'allow' ? 'allow' : 'deny');
    return show(c, query, step, 'page');
  });

/** As the signed-in customer; a session that has ended is none. */
async function ask(
  c: Context<PageEnv>,
  query: string,
  decision?: 'allow' | 'deny',
): Promise<AuthorizationStep> {
  const call = {
    method: 'POST' as const,
    path: '/v1/oauth/authorizations',
    body: { query, ...(decision === undefined ? {} : { decision }) },
  };
  const answer = await api<AuthorizationStep>(c, call);
  if (!answer.ok && answer.error.status === 401) return valueOf(await publicApi<AuthorizationStep>(c, call));
  return valueOf(answer);
}

function show(c: Context<PageEnv>, query: string, step: AuthorizationStep, by: 'redirect' | 'page') {
  switch (step.action) {
    case 'redirect':
      return by === 'page' ? onward(c, step.location, 'the application') : c.redirect(step.location, 303);
    case 'sign_in':
      return c.redirect(`/sign-in?returnTo=${encodeURIComponent(`/oauth/continue?${step.query}`)}`, 303);
    case 'refuse':
      return page(c, {
        title: 'This did not work',
        status: 400,
        children: (
          <div class="narrow">
            <h1>This did not work</h1>
            <Notice kind="bad">{step.description}</Notice>
            <p class="soft">
              <code>{step.error}</code>
            </p>
          </div>
        ),
      });
    case 'consent':
      return consentPage(c, query, step);
  }
}

function consentPage(
  c: Context<PageEnv>,
  query: string,
  step: Extract<AuthorizationStep, { action: 'consent' }>,
) {
  return page(c, {
    title: `${step.application} asks for access`,
    children: (
      <form method="post" action="/oauth/decision" class="narrow">
        <h1>{step.application} asks for access</h1>
        <p>
          You are signed in as <strong>{step.account}</strong>. If you agree,{' '}
          <strong>{step.application}</strong> may:
        </p>
        <ul>
          {step.scopes.map(({ name, text }) => (
            <li>
              {text} <span class="soft">({name})</span>
            </li>
          ))}
        </ul>
        <p class="soft">You go back to {step.target}. You can withdraw this at any time in your account.</p>
        <input type="hidden" name="query" value={query} />
        <button type="submit" name="decision" value="allow">
          Agree
        </button>{' '}
        <button type="submit" name="decision" value="deny" class="plain">
          Refuse
        </button>
      </form>
    ),
  });
}
