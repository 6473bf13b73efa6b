import { beforeAll, expect, it } from 'vitest';
import type { Role } from '#shared/auth/permissions.ts';
import { migrateDatabases, self, workerEnv } from '#shared/testing/runtime.ts';
import { testAccessToken } from '#shared/testing/tokens.ts';

beforeAll(migrateDatabases);

const resolve = async (claims: Record<string, unknown>) => {
  const user = { userId: 'usr_00000000000000000000000000000009', roles: ['operator' as const] };
  const token = await testAccessToken(workerEnv<object>().TEST_PRIVATE_JWK, user, claims);
  return self.fetch(`https://shop.test/v1/orders/ord_${'0'.repeat(32)}/resolve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ as: 'cancelled', reason: 'nobody made it' }),
  });
};
const ACR = 'urn:tradepost:acr:';

it('staff who are due two factors have none of their rights by a mailbox alone, what is a customer’s as well included', async () => {
  const list = async (roles: Role[], claims: Record<string, unknown>) => {
    const user = { userId: 'usr_00000000000000000000000000000009', roles };
    const token = await testAccessToken(workerEnv<object>().TEST_PRIVATE_JWK, user, claims);
    return self.fetch('https://shop.test/v1/orders', { headers: { authorization: `Bearer ${token}` } });
  };
  const mailbox = { acr: `${ACR}0`, acr_due: `${ACR}2` };
  for (const roles of [['operator'], ['customer', 'support']] satisfies Role[][]) {
    const refused = await list(roles, mailbox);
    expect(await refused.json()).toMatchObject({ type: '/problems/step-up-required' });
    expect((await list(roles, { ...mailbox, acr: `${ACR}2` })).status).toBe(200);
  }
  expect((await list(['customer'], mailbox)).status).toBe(200);
  expect((await list(['operator'], { acr: `${ACR}0`, acr_due: `${ACR}0` })).status).toBe(200);
});

it('what asks for two factors is refused in this worker too until they were shown, and says what to show', async () => {
  const one = await resolve({ acr: `${ACR}1`, acr_due: `${ACR}2` });
  expect(one.status).toBe(401);
  expect(one.headers.get('www-authenticate')).toContain(`acr_values="${ACR}2"`);
  expect(await one.json()).toMatchObject({ type: '/problems/step-up-required' });
  // The order does not exist: whoever gets that far was let in.
  expect((await resolve({ acr: `${ACR}2`, acr_due: `${ACR}2` })).status).toBe(404);
  expect((await resolve({ acr: `${ACR}1`, acr_due: `${ACR}1` })).status, 'nothing to show').not.toBe(401);
});
