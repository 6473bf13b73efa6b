import type { OidcSettings, SamlSettings } from '#shared/contracts/http/federation.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts } from '../../ports.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { connectionSecret } from '../addresses.ts';
import { clientProof } from '../oidc/client-secret.ts';
import { oidcProfile } from '../oidc/profile.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import { publicKeyOf } from '../saml/certificates.ts';
import { ProviderFault } from '../safe-fetch.ts';
import { entitled, owned, type Manager } from './connections.ts';
import { refusable } from './exchange.ts';

export interface Finding {
  looked: string;
  ok: boolean;
  found: string;
}

/** Looks at all of a connection that can be seen without somebody signing in. */
export async function testConnection(
  ports: AuthPorts,
  manager: Manager,
  id: string,
): Promise<Result<Finding[], AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const row = await owned(ports, manager, id);
  if (!row.ok) return row;
  return ok(await (row.value.kind === 'oidc' ? oidcFindings(ports, row.value) : samlFindings(row.value)));
}

async function oidcFindings(
  ports: AuthPorts,
  { id, settings, secretSealed }: ConnectionRow,
): Promise<Finding[]> {
  const oidc = settings as OidcSettings;
  const secret = secretSealed === null ? null : ports.fields.open(secretSealed, connectionSecret(id));
  const nowSeconds = Math.floor(ports.clock.now() / SECOND_MS);
  return [
    await finding('its discovery document', async () => {
      const { server } = await ports.federation.oidc.discover(oidc);
      return `it is ${server.issuer}`;
    }),
    await finding('its keys', async () => {
      const { server } = await ports.federation.oidc.discover(oidc);
      const response = await ports.federation.fetched(server.jwks_uri ?? '');
      const { keys = [] } = await response.json<{ keys?: unknown[] }>().catch(() => ({ keys: [] }));
      if (keys.length === 0) throw new ProviderFault('keys', 'it has no keys');
      return `${keys.length} keys`;
    }),
    await finding('how we prove who we are', async () => {
      const profile = oidcProfile(oidc);
      await clientProof(profile, oidc, secret, nowSeconds);
      return profile.clientAuthentication;
    }),
  ];
}

/** A SAML provider cannot be asked: what it was said to be is looked at. */
async function samlFindings({ settings }: ConnectionRow): Promise<Finding[]> {
  const { certificates, ssoUrl } = settings as SamlSettings;
  const keys = certificates.map((certificate, at) =>
    finding(`its certificate ${at + 1}`, async () => {
      publicKeyOf(certificate);
      return 'an RSA key';
    }),
  );
  return [...(await Promise.all(keys)), { looked: 'where it signs people in', ok: true, found: ssoUrl }];
}

async function finding(looked: string, look: () => Promise<string>): Promise<Finding> {
  const found = await refusable(look);
  return found.ok
    ? { looked, ok: true, found: found.value }
    : { looked, ok: false, found: found.error.detail };
}
