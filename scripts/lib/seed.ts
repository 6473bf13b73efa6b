import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionList } from '#shared/contracts/http/federation.ts';
import { ensureAccount, type SignIn, type Tokens } from './accounts.ts';
import { DEMO_TREE } from '../demo/collections.ts';
import { demoGoods } from '../demo/goods.ts';
import { DEMO_SYNONYMS } from '../demo/synonyms.ts';
import { api } from './api.ts';
import { importProducts } from './imports.ts';
import { type Addresses, LOCAL_ADMIN_EMAIL, LOCAL_OPERATOR_EMAIL } from './local-settings.ts';
import { seedPartners } from './seed-partners.ts';
import { seedPricing } from './seed-pricing.ts';
import { ROOT } from './workers.ts';

const DEMO_FOLDER = path.join(ROOT, 'scripts/demo');

/** Demo accounts of one local system; the passwords are made at random when it is first started. */
export interface SignIns {
  admin: SignIn;
  operator: SignIn;
  customer: SignIn;
}

export const newSignIns = (): SignIns => ({
  admin: { email: LOCAL_ADMIN_EMAIL, password: newPassword() },
  operator: { email: LOCAL_OPERATOR_EMAIL, password: newPassword() },
  customer: { email: 'customer@tradepost.test', password: newPassword() },
});

const newPassword = (): string =>
  randomBytes(10)
    .toString('hex')
    .replaceAll(/(.{5})(?=.)/g, '$1-');

/**
 * Loads the demo accounts, files, catalogue and rules for prices, through the public API alone: what a team would do by hand on its first
 * day. Safe to repeat after a failure half-way.
 */
export async function seedSystem(at: Addresses, signIns: SignIns): Promise<void> {
  const admin = await ensureAccount(at, signIns.admin);
  await connectDemoId(at, admin);
  const operator = await ensureAccount(at, signIns.operator);
  await api(at.origin, `PUT /v1/auth/accounts/${operator.user.id}/roles`, {
    token: admin.accessToken,
    body: { roles: ['operator'] },
  });
  await ensureAccount(at, signIns.customer);
  const promoted = await ensureAccount(at, signIns.operator);
  await uploadFiles(at.origin, promoted);
  await loadCatalogue(at.origin, promoted);
  await growTree(at.origin, promoted);
  await seedPartners(at, promoted.accessToken);
  await seedPricing(at.origin, promoted.accessToken);
}

/** The sandbox's identity provider, so that the sign-in page shows what another provider looks like. */
async function connectDemoId(
  { origin, sandboxOrigin }: Addresses,
  { accessToken: token }: Tokens,
): Promise<void> {
  const issuer = `${sandboxOrigin}/idp`;
  const { items } = await api<ConnectionList>(origin, 'GET /v1/auth/connections', { token });
  if (items.some(({ settings }) => 'issuer' in settings && settings.issuer === issuer)) return;
  await api(origin, 'POST /v1/auth/connections', {
    token,
    body: {
      kind: 'oidc',
      name: 'Demo ID',
      listed: true,
      settings: { issuer, clientId: 'tradepost', clientAuthentication: 'none' },
    },
  });
}

/** The goods first, so that what other scripts know by name is the newest. */
async function loadCatalogue(origin: string, { accessToken: token }: Tokens): Promise<void> {
  const { types, products } = demoGoods();
  for (const type of types) {
    const headers = { 'idempotency-key': `demo-type-${type.handle}` };
    await api(origin, 'POST /v1/product-types', { token, body: type, headers });
  }
  const lines = products.map((product) => JSON.stringify(product)).join('\n');
  for (const body of [lines, readFileSync(path.join(DEMO_FOLDER, 'catalogue.jsonl'))])
    await importProducts({ origin, token }, body);
  for (const [index, body] of DEMO_SYNONYMS.entries()) {
    const headers = { 'idempotency-key': `demo-synonym-${index}` };
    await api(origin, 'POST /v1/search-synonyms', { token, body, headers });
  }
}

/** Collections the products name are there already and move below their shelf; the shelves are made. */
async function growTree(origin: string, { accessToken: token }: Tokens): Promise<void> {
  type Kept = { id: string };
  for (const { below, ...shelf } of DEMO_TREE) {
    const { items } = await api<{ items: (Kept & { handle: string })[] }>(
      origin,
      'GET /v1/collections?limit=100',
      { token },
    );
    const known = items.find(({ handle }) => handle === shelf.handle);
    const { id: parentId } =
      known ?? (await api<Kept>(origin, 'POST /v1/collections', { token, body: shelf }));
    for (const [position, each] of below.entries()) {
      const headers = { 'if-match': '*' };
      const body = { ...each, parentId, position };
      await api(origin, `PUT /v1/collections/${each.handle}`, { token, body, headers });
    }
  }
}

async function uploadFiles(origin: string, operator: Tokens): Promise<void> {
  const folder = path.join(DEMO_FOLDER, 'files');
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const file = path.join(name.parentPath, name.name);
    const key = path.relative(folder, file).split(path.sep).join('/');
    await api(origin, `PUT /v1/files/${encodeURIComponent(key)}`, {
      token: operator.accessToken,
      body: readFileSync(file),
      contentType: 'application/octet-stream',
    });
  }
}
