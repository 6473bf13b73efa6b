import assert from 'node:assert/strict';
import {
  type CreationOptions,
  type RequestOptions,
  softwareAuthenticator,
} from '#shared/testing/authenticator.ts';
import type { Tokens } from '../lib/accounts.ts';
import { api, ApiError } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

interface Ceremony<Options> {
  ceremonyId: string;
  options: Options;
}

export const signsInByPasskey: Scenario = {
  name: 'a customer adds a passkey, signs in with it, and refreshes the session without forking it',
  async run(world) {
    const customer = await world.newCustomer();
    const authenticator = softwareAuthenticator(world.origin);
    const { accessToken: token } = customer;
    const creation = await api<Ceremony<CreationOptions>>(
      world.origin,
      'POST /v1/auth/passkeys/registration-options',
      { token, body: {} },
    );
    await api(world.origin, 'POST /v1/auth/passkeys', {
      token,
      body: { ceremonyId: creation.ceremonyId, response: await authenticator.create(creation.options) },
    });
    world.step('passkey registered');
    const request = await api<Ceremony<RequestOptions>>(
      world.origin,
      'POST /v1/auth/passkeys/sign-in-options',
      {
        body: {},
      },
    );
    const answer = { ceremonyId: request.ceremonyId, response: await authenticator.get(request.options) };
    const session = await api<Tokens>(world.origin, 'POST /v1/auth/passkeys/sign-in', { body: answer });
    assert.equal(session.user.id, customer.user.id);
    world.step('signed in with the passkey');
    await refused(world, 'POST /v1/auth/passkeys/sign-in', answer, 'the same ceremony a second time');
    await refreshes(world, session);
  },
};

async function refreshes(world: World, session: Tokens): Promise<void> {
  const body = { refreshToken: session.refreshToken };
  const next = await api<Tokens>(world.origin, 'POST /v1/auth/token', { body });
  assert.notEqual(next.refreshToken, session.refreshToken, 'refresh tokens rotate');
  const later = await api<Tokens>(world.origin, 'POST /v1/auth/token', {
    body: { refreshToken: next.refreshToken },
  });
  await refused(world, 'POST /v1/auth/token', body, 'a refresh token two rotations old');
  await refused(
    world,
    'POST /v1/auth/token',
    { refreshToken: later.refreshToken },
    'the whole session, once an old token was used again',
  );
}

async function refused(world: World, request: string, body: unknown, what: string): Promise<void> {
  const error = await api(world.origin, request, { body }).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(
    error instanceof ApiError && [400, 401, 410].includes(error.status),
    `${what} is refused: ${String(error)}`,
  );
  world.step(`refused: ${what}`);
}
