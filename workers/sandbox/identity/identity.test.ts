import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { expect, it } from 'vitest';
import { sha256 } from '#shared/crypto/bytes.ts';
import { self } from '#shared/testing/runtime.ts';

const ISSUER = 'http://sandbox.test/idp';
const CALLBACK = 'http://shop.test/sign-in/callback/con_1';
const VERIFIER = 'v'.repeat(43);
const asked = {
  response_type: 'code',
  client_id: 'tradepost',
  redirect_uri: CALLBACK,
  scope: 'openid email',
  state: 'state-1',
  nonce: 'nonce-1',
  code_challenge: sha256(VERIFIER),
  code_challenge_method: 'S256',
};
const post = (path: string, fields: Record<string, string>): Promise<Response> =>
  self.fetch(ISSUER + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
const locationOf = (response: Response): URL => new URL(response.headers.get('location') ?? '');

it('signs somebody in as the address they typed, as the protocol says', async () => {
  const page = await self.fetch(`${ISSUER}/authorize?${new URLSearchParams(asked).toString()}`);
  expect(await page.text()).toContain('name="state" value="state-1"');
  const back = locationOf(await post('/authorize', { ...asked, email: 'Ann@mail.test', answer: 'allow' }));
  expect(back.href.startsWith(CALLBACK)).toBe(true);
  expect([back.searchParams.get('state'), back.searchParams.get('iss')]).toEqual(['state-1', ISSUER]);
  const grant = {
    grant_type: 'authorization_code',
    client_id: 'tradepost',
    redirect_uri: CALLBACK,
    code: back.searchParams.get('code') ?? '',
  };
  expect((await post('/token', { ...grant, code_verifier: 'another' })).status).toBe(400);
  const answer = await post('/token', { ...grant, code_verifier: VERIFIER });
  const { id_token: idToken } = await answer.json<{ id_token: string }>();
  const keys = await (await self.fetch(`${ISSUER}/jwks`)).json<JSONWebKeySet>();
  expect(JSON.stringify(keys)).not.toContain('"d"');
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
    issuer: ISSUER,
    audience: 'tradepost',
  });
  expect(payload).toMatchObject({ nonce: 'nonce-1', email: 'ann@mail.test', email_verified: true });
});

it('sends nobody anywhere but back to the shop', async () => {
  const elsewhere = { ...asked, redirect_uri: 'https://evil.test/', email: 'ann@mail.test', answer: 'allow' };
  expect((await post('/authorize', elsewhere)).status).toBe(400);
  const refused = locationOf(await post('/authorize', { ...asked, email: '', answer: 'deny' }));
  expect(refused.searchParams.get('error')).toBe('access_denied');
});
