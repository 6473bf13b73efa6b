import { toBase64 } from '#shared/crypto/bytes.ts';
import { escapeXml, NS } from './xml.ts';

export interface AuthnRequest {
  id: string;
  /** Where the provider takes it. */
  destination: string;
  /** Ours: `entityID` and assertion consumer service. */
  issuer: string;
  consumer: string;
  /** The person is to sign in anew. */
  fresh: boolean;
  /** Classes of sign-in that would be welcome. */
  classes: readonly string[];
  /** Epoch milliseconds. */
  now: number;
}

/** An authentication request for the redirect binding (bindings §3.4): deflated, in base64, in the query. */
export async function requestUrl(request: AuthnRequest, relayState: string): Promise<string> {
  const url = new URL(request.destination);
  url.searchParams.set('SAMLRequest', toBase64(await deflated(requestXml(request))));
  url.searchParams.set('RelayState', relayState);
  return url.href;
}

function requestXml({ id, destination, issuer, consumer, fresh, classes, now }: AuthnRequest): string {
  const attributes = Object.entries({
    ID: id,
    Version: '2.0',
    IssueInstant: new Date(now).toISOString(),
    Destination: destination,
    AssertionConsumerServiceURL: consumer,
    ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ...(fresh ? { ForceAuthn: 'true' } : {}),
  }).map(([name, value]) => `${name}="${escapeXml(value)}"`);
  const refs = classes.map(
    (each) => `<saml:AuthnContextClassRef>${escapeXml(each)}</saml:AuthnContextClassRef>`,
  );
  const context =
    refs.length === 0
      ? ''
      : `<samlp:RequestedAuthnContext Comparison="exact">${refs.join('')}</samlp:RequestedAuthnContext>`;
  return `<samlp:AuthnRequest xmlns:samlp="${NS.protocol}" xmlns:saml="${NS.assertion}" ${attributes.join(' ')}><saml:Issuer>${escapeXml(issuer)}</saml:Issuer>${context}</samlp:AuthnRequest>`;
}

async function deflated(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
