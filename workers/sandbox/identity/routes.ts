import { Hono } from 'hono';
import { z } from 'zod';
import { sha256 } from '#shared/crypto/bytes.ts';
import type { Env } from '../env.ts';
import { htmlPage } from '../pages/answer.ts';
import { signInPage } from '../pages/identity.tsx';
import { idToken, newCode, publicKeys, readCode } from './tokens.ts';

const issuerOf = ({ SANDBOX_ORIGIN }: Env): string => `${SANDBOX_ORIGIN}/idp`;

/** An OpenID Connect provider, "Demo ID": whoever types an address is its owner. The code flow with PKCE. */
export const identityRoutes = new Hono<{ Bindings: Env }>();

identityRoutes.get('/idp/.well-known/openid-configuration', (c) => {
  const issuer = issuerOf(c.env);
  return c.json({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['EdDSA'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: ['openid', 'email'],
    claims_supported: ['sub', 'email', 'email_verified', 'auth_time'],
  });
});

identityRoutes.get('/idp/jwks', (c) => c.json(publicKeys(c.env)));

const requestSchema = z.object({
  response_type: z.literal('code'),
  client_id: z.string().min(1).max(200),
  redirect_uri: z.url(),
  state: z.string().max(500),
  nonce: z.string().max(500).default(''),
  code_challenge: z.string().regex(/^[\w-]{43}$/),
  code_challenge_method: z.literal('S256'),
  login_hint: z.string().max(254).default(''),
});

/** People are sent back to the shop alone. */
const isOurs = (env: Env, redirectUri: string): boolean =>
  redirectUri.startsWith(`${env.SHOP_ORIGIN}/sign-in/callback/`);

identityRoutes.get('/idp/authorize', (c) => {
  const asked = requestSchema.safeParse(c.req.query());
  if (!asked.success || !isOurs(c.env, asked.data.redirect_uri)) {
    return new Response('This is no authorization request of the shop.', { status: 400 });
  }
  return htmlPage(signInPage(asked.data, asked.data.login_hint));
});

const signInSchema = requestSchema.extend({
  email: z.union([z.email().max(254), z.literal('')]),
  answer: z.enum(['allow', 'deny']),
});
identityRoutes.post('/idp/authorize', async (c) => {
  const form = signInSchema.safeParse(await c.req.parseBody());
  if (!form.success || !isOurs(c.env, form.data.redirect_uri)) return c.text('Type an e-mail address.', 400);
  const { email, answer, state } = form.data;
  const back = new URL(form.data.redirect_uri);
  back.searchParams.set('state', state);
  back.searchParams.set('iss', issuerOf(c.env));
  if (answer === 'deny' || email === '') {
    back.searchParams.set('error', 'access_denied');
    return c.redirect(back.href, 303);
  }
  const code = await newCode(c.env, {
    email: email.toLowerCase(),
    clientId: form.data.client_id,
    redirectUri: form.data.redirect_uri,
    nonce: form.data.nonce,
    challenge: form.data.code_challenge,
    authTime: Math.floor(Date.now() / 1_000),
  });
  back.searchParams.set('code', code);
  return c.redirect(back.href, 303);
});

identityRoutes.post('/idp/token', async (c) => {
  const form = (await c.req.parseBody()) as Record<string, string>;
  const code = await readCode(c.env, form['code'] ?? '');
  const isRight =
    form['grant_type'] === 'authorization_code' &&
    code?.clientId === form['client_id'] &&
    code?.redirectUri === form['redirect_uri'] &&
    code?.challenge === sha256(form['code_verifier'] ?? '');
  if (code === null || !isRight) return c.json({ error: 'invalid_grant' }, 400);
  return c.json(
    {
      access_token: crypto.randomUUID(),
      token_type: 'Bearer',
      expires_in: 60,
      id_token: await idToken(c.env, issuerOf(c.env), code),
    },
    200,
    { 'cache-control': 'no-store' },
  );
});
