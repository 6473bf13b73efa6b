import type { OidcSettings, SamlSettings } from '#shared/contracts/http/federation.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts } from '../../ports.ts';
import { callbackUrl, connectionSecret, metadataUrl } from '../addresses.ts';
import type { Asserted, Refusal } from '../asserted.ts';
import type { Handshake } from '../handshake.ts';
import { refusalOf } from '../oidc/refusal-of.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import { ProviderFault } from '../safe-fetch.ts';
import { beginSaml, finishSaml } from '../saml/client.ts';

/** One sign-in at a provider, whatever it speaks. */
export interface Exchange {
  /** Where the browser has to go. */
  begin(): Promise<Result<string, Refusal>>;
  /** What its answer says. */
  finish(parameters: URLSearchParams): Promise<Result<Asserted, Refusal>>;
}

export const exchangeOf = (
  ports: AuthPorts,
  connection: ConnectionRow,
  handshake: Handshake,
  fresh: boolean,
): Exchange =>
  connection.kind === 'oidc'
    ? oidcExchange(ports, connection, handshake, fresh)
    : samlExchange(ports, connection, handshake, fresh);

function oidcExchange(
  ports: AuthPorts,
  { id, settings, secretSealed }: ConnectionRow,
  handshake: Handshake,
  fresh: boolean,
): Exchange {
  const exchange = {
    settings: settings as OidcSettings,
    secret: secretSealed === null ? null : ports.fields.open(secretSealed, connectionSecret(id)),
    redirectUri: callbackUrl(ports.origin, id),
    handshake,
    fresh,
  };
  const { oidc } = ports.federation;
  return {
    begin: () => refusable(async () => (await oidc.begin(exchange)).href),
    finish: (parameters) => refusable(() => oidc.finish(exchange, parameters)),
  };
}

function samlExchange(
  ports: AuthPorts,
  { id, settings }: ConnectionRow,
  handshake: Handshake,
  fresh: boolean,
): Exchange {
  const exchange = {
    settings: settings as SamlSettings,
    entityId: metadataUrl(ports.origin, id),
    consumer: callbackUrl(ports.origin, id),
    handshake,
    fresh,
    clock: ports.clock,
  };
  return {
    begin: () => refusable(() => beginSaml(exchange)),
    finish: (parameters) =>
      refusable(async () => {
        const { asserted, id: assertionId, expiresAt } = finishSaml(exchange, parameters);
        if (!(await ports.oauth.seenIds.isNew(`saml/${id}/${assertionId}`, expiresAt))) {
          throw new ProviderFault('replayed', 'the assertion was shown before');
        }
        return asserted;
      }),
  };
}

/** What the provider does wrong is a refusal; anything else is a fault and thrown. */
export async function refusable<Value>(run: () => Promise<Value>): Promise<Result<Value, Refusal>> {
  try {
    return ok(await run());
  } catch (error) {
    return fail(refusalOf(error));
  }
}

/** Name of the parameter that carries our state. */
export const STATE_PARAMETER = { oidc: 'state', saml: 'RelayState' } as const;
