import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { Problem } from '#shared/http/problems.ts';
import { fieldErrors } from '#shared/http/validation.ts';
import { api, publicApi, type Answer } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { safeReturnTo } from '../return-to.ts';
import { tokensSchema } from '../session.ts';
import { demandedProvider } from './sign-in-code.tsx';
import { accessTokenSchema } from './step-up.tsx';

/** What `passkeys.js` talks to: the API's ceremonies, with tokens put into cookies instead of scripts' hands. */

const ceremonySchema = z.strictObject({
  ceremonyId: z.string(),
  response: z.record(z.string(), z.unknown()),
  name: z.string().optional(),
  returnTo: z.string().optional(),
});

export const passkeys = new Hono<PageEnv>()
  .post('/passkeys/sign-in-options', async (c) =>
    passOn(c, await publicApi(c, { method: 'POST', path: '/v1/auth/passkeys/sign-in-options', body: {} })),
  )
  .post('/passkeys/sign-in', async (c) => {
    const { ceremonyId, response, returnTo } = await ceremonyOf(c);
    const body = { ceremonyId, response };
    const answer = await publicApi(c, { method: 'POST', path: '/v1/auth/passkeys/sign-in', body });
    if (!answer.ok) return passOn(c, answer);
    const demanded = demandedProvider(c, answer.value, safeReturnTo(returnTo));
    if (demanded !== null) return c.json({ next: demanded.path });
    c.get('session').open(tokensSchema.parse(answer.value));
    return c.json({ next: safeReturnTo(returnTo) });
  })
  .post('/passkeys/step-up', async (c) => {
    const { ceremonyId, response, returnTo } = await ceremonyOf(c);
    const body = { ceremonyId, response };
    const answer = await api(c, { method: 'POST', path: '/v1/auth/step-up', body });
    if (!answer.ok) return passOn(c, answer);
    c.get('session').replaceAccess(accessTokenSchema.parse(answer.value));
    return c.json({ next: safeReturnTo(returnTo, '/account') });
  })
  .post('/passkeys/registration-options', async (c) =>
    passOn(c, await api(c, { method: 'POST', path: '/v1/auth/passkeys/registration-options', body: {} })),
  )
  .post('/passkeys', async (c) => {
    const { returnTo, ...body } = await ceremonyOf(c);
    const answer = await api(c, { method: 'POST', path: '/v1/auth/passkeys', body });
    return answer.ok ? c.json({ next: safeReturnTo(returnTo, '/account') }) : passOn(c, answer);
  });

function passOn(c: Context<PageEnv>, answer: Answer<unknown>) {
  c.header('cache-control', 'no-store');
  if (answer.ok) return c.json(answer.value as object);
  return c.json(answer.error, answer.error.status as ContentfulStatusCode);
}

async function ceremonyOf(c: Context<PageEnv>) {
  const body = ceremonySchema.safeParse(await c.req.json().catch(() => null));
  if (body.success) return body.data;
  const errors = fieldErrors('body', body.error);
  throw new Problem({ slug: 'validation-failed', detail: 'See `errors` for each field.', errors });
}
