import type { SamlSettings } from '#shared/contracts/http/federation.ts';
import type { Clock } from '#shared/time/time.ts';
import type { Handshake } from '../handshake.ts';
import { ProviderFault } from '../safe-fetch.ts';
import { requestUrl } from './request.ts';
import { readResponse, type SamlAssertion } from './response.ts';

export interface SamlExchange {
  settings: SamlSettings;
  /** Ours at this provider. */
  entityId: string;
  consumer: string;
  handshake: Handshake;
  fresh: boolean;
  clock: Clock;
}

/** Where the browser has to go. */
export const beginSaml = ({ settings, entityId, consumer, handshake, fresh, clock }: SamlExchange) =>
  requestUrl(
    {
      id: handshake.requestId,
      destination: settings.ssoUrl,
      issuer: entityId,
      consumer,
      fresh,
      classes: settings.secondFactor,
      now: clock.now(),
    },
    handshake.state,
  );

/** What the provider's response says. Whether it was shown before is for the caller to ask. */
export function finishSaml(exchange: SamlExchange, parameters: URLSearchParams): SamlAssertion {
  const { settings, entityId, consumer, handshake, fresh, clock } = exchange;
  const [encoded, second] = parameters.getAll('SAMLResponse');
  if (encoded === undefined || second !== undefined)
    throw new ProviderFault('response', 'there is no response');
  return readResponse(decoded(encoded), {
    issuer: settings.entityId,
    certificates: settings.certificates,
    recipient: consumer,
    audience: entityId,
    requestId: handshake.requestId,
    emailAttribute: settings.mapping.email,
    fresh,
    now: clock.now(),
  });
}

function decoded(encoded: string): string {
  try {
    const bytes = Uint8Array.from(atob(encoded.replaceAll(/\s/g, '')), (each) => each.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProviderFault('response', 'the response cannot be read');
  }
}
