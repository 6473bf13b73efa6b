import { DEMO_BROKER, DEMO_TEMPLATES, DEMO_WAREHOUSE, demoPartnerProducts } from '../demo/partners.ts';
import { api } from './api.ts';
import { importProducts } from './imports.ts';
import type { Addresses } from './local-settings.ts';

type Kept = { id: string; handle: string };
/** How the sandbox's broker knows a shop: `ServiceBroker` in shared/testing. */
const CREDENTIALS = { username: 'platform', password: 'broker password' };

/** The partners of the sandbox, and products made by them. Safe to repeat. */
export async function seedPartners({ origin, sandboxOrigin }: Addresses, token: string): Promise<void> {
  await connect(origin, token, sandboxOrigin);
  const { items } = await api<{ items: Kept[] }>(origin, 'GET /v1/provisioning/templates?limit=100', {
    token,
  });
  const templates = await Promise.all(
    DEMO_TEMPLATES.map(async (stated) => {
      const known = items.find(({ handle }) => handle === stated.handle);
      const headers = { 'idempotency-key': stated.handle };
      return (
        known ??
        (await api<Kept>(origin, 'POST /v1/provisioning/templates', { token, body: stated, headers }))
      );
    }),
  );
  const products = demoPartnerProducts(
    (wanted) => templates.find(({ handle }) => handle === wanted)?.id ?? wanted,
  );
  await importProducts({ origin, token }, products.map((product) => JSON.stringify(product)).join('\n'));
}

async function connect(origin: string, token: string, sandboxOrigin: string): Promise<void> {
  await api(origin, `PUT /v1/provisioning/connections/${DEMO_BROKER.handle}`, {
    token,
    body: { kind: 'broker', baseUrl: sandboxOrigin + DEMO_BROKER.path, credentials: CREDENTIALS },
  });
  await api(origin, `POST /v1/provisioning/connections/${DEMO_BROKER.handle}/catalogue-reads`, { token });
  const { secret } = await api<{ secret: string }>(
    origin,
    `PUT /v1/provisioning/connections/${DEMO_WAREHOUSE.handle}`,
    { token, body: { baseUrl: sandboxOrigin + DEMO_WAREHOUSE.path, renewSecret: true } },
  );
  await api(sandboxOrigin, 'PUT /control/warehouse', { body: { secret } });
}
