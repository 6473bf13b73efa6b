import { Hono, type Context } from 'hono';
import { setCookie } from 'hono/cookie';
import { z } from 'zod';
import { errorAt, publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { safeReturnTo } from '../return-to.ts';
import { cookieOptions, tokensSchema } from '../session.ts';
import { CodeField } from './account-totp.tsx';
import { page } from './layout.tsx';
import { onward } from './onward.tsx';
import { Field, RefusalNotice } from './parts.tsx';

const secondFactorSchema = z.object({ status: z.literal('second_factor_required'), challengeId: z.string() });

const providerSchema = z.object({
  status: z.literal('provider_required'),
  connection: z.object({ id: z.string(), name: z.string() }),
  challengeId: z.string(),
});
/** What stands for the sign-in that led to a provider, until the browser goes there. */
export const PROVIDER_CHALLENGE_COOKIE = 'provider-challenge';
const PROVIDER_CHALLENGE_SECONDS = 600;

/** The page that leads to the provider an answer demands; null: it demands none. */
export function demandedProvider(
  c: Context<PageEnv>,
  answer: unknown,
  returnTo: string,
): { path: string; name: string } | null {
  const provider = providerSchema.safeParse(answer);
  if (!provider.success) return null;
  const { connection, challengeId } = provider.data;
  const { id, name } = connection;
  const options = cookieOptions(c.env.PUBLIC_ORIGIN, PROVIDER_CHALLENGE_SECONDS);
  setCookie(c, PROVIDER_CHALLENGE_COOKIE, challengeId, options);
  return { path: `/sign-in/with/${id}?${new URLSearchParams({ returnTo }).toString()}`, name };
}

/**
 * Goes on after any sign-in that may ask for more: into the session, to the form for the code, or on to the provider that
 * the person's organisation has its members sign in by.
 */
export function afterSignIn(c: Context<PageEnv>, answer: unknown, returnTo: string) {
  const second = secondFactorSchema.safeParse(answer);
  if (second.success) return showCode(c, { challengeId: second.data.challengeId, returnTo, refusal: null });
  const demanded = demandedProvider(c, answer, returnTo);
  if (demanded !== null) return onward(c, demanded.path, demanded.name);
  c.get('session').open(tokensSchema.parse(answer));
  return c.redirect(returnTo, 303);
}

export const signInCode = new Hono<PageEnv>().post('/sign-in/code', async (c) => {
  const form = await formOf(c);
  const returnTo = safeReturnTo(form['returnTo']);
  const challengeId = form['challengeId'] ?? '';
  const recoveryCode = (form['recoveryCode'] ?? '').trim();
  const code = (form['code'] ?? '').replaceAll(/\s/g, '');
  const answer = await publicApi(c, {
    method: 'POST',
    path: '/v1/auth/sign-in/second-factor',
    body: recoveryCode === '' ? { challengeId, code } : { challengeId, recoveryCode },
  });
  if (answer.ok) return afterSignIn(c, answer.value, returnTo);
  // The first factor has to be shown again.
  if (answer.error.status === 410)
    return c.redirect(`/sign-in?returnTo=${encodeURIComponent(returnTo)}`, 303);
  return showCode(c, { challengeId, returnTo, refusal: answer.error });
});

interface State {
  challengeId: string;
  returnTo: string;
  refusal: Refusal | null;
}

const showCode = (c: Context<PageEnv>, { challengeId, returnTo, refusal }: State) => {
  const hidden = (
    <>
      <input type="hidden" name="challengeId" value={challengeId} />
      <input type="hidden" name="returnTo" value={returnTo} />
    </>
  );
  return page(c, {
    title: 'Second step',
    status: refusal === null ? 200 : refusal.status === 429 ? 429 : 422,
    children: (
      <div class="narrow">
        <h1>Second step</h1>
        <RefusalNotice refusal={refusal} />
        <form method="post" action="/sign-in/code">
          {hidden}
          <CodeField error={errorAt(refusal, '/code')} />
          <button type="submit">Sign in</button>
        </form>
        <details>
          <summary>I do not have the app at hand</summary>
          <form method="post" action="/sign-in/code">
            {hidden}
            <Field name="recoveryCode" label="Recovery code" autocomplete="off" required />
            <button type="submit" class="plain">
              Use the recovery code
            </button>
          </form>
        </details>
      </div>
    ),
  });
};
