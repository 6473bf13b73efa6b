import { expect, it } from 'vitest';
import { softwareAuthenticator } from '#shared/testing/authenticator.ts';
import { isUncertified } from './attestation.ts';

const OPTIONS = { challenge: 'AAAA', rp: { id: 'shop.test' }, user: { id: 'AAAA' } };

it.each(['packed', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f', 'apple', 'made-up'])(
  'a %s statement with certificates is never handed on to be parsed, let alone fetched for',
  async (attestation) => {
    const made = await softwareAuthenticator('https://shop.test').create(OPTIONS, { attestation });
    expect(isUncertified(made.response.attestationObject)).toBe(false);
  },
);

it('what browsers send when no attestation is asked for goes on', async () => {
  const made = await softwareAuthenticator('https://shop.test').create(OPTIONS);
  expect(isUncertified(made.response.attestationObject)).toBe(true);
});
