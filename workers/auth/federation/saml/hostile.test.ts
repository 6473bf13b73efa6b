import { beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '#shared/crypto/bytes.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { federationWorld, tokensOf } from '../testing/federation-world.ts';
import {
  documentOf,
  goodFacts,
  parts,
  signed,
  WEAK,
  type Facts,
  type Signing,
} from '../testing/saml-documents.ts';
import { signingPair, type SigningPair } from '../testing/self-signed.ts';

beforeAll(migrateDatabases);
const world = federationWorld();
const IDP = 'https://idp.example/saml';
const EVIL = 'mallory';
let pair: SigningPair;
let next: SigningPair;
let stranger: SigningPair;
let connection: Awaited<ReturnType<typeof world.connect>>;

beforeAll(async () => {
  [pair, next, stranger] = await Promise.all([
    signingPair('idp'),
    signingPair('next'),
    signingPair('stranger'),
  ]);
  connection = await world.connect({
    kind: 'saml',
    name: 'Made',
    domains: ['people.test'],
    settings: {
      entityId: IDP,
      ssoUrl: 'https://idp.example/sso',
      certificates: [pair.certificate, next.certificate],
    },
  });
});

/** Id of the request the browser was sent with. */
async function requestIdOf(location: URL): Promise<string> {
  const deflated = Uint8Array.from(atob(location.searchParams.get('SAMLRequest') ?? ''), (each) =>
    each.charCodeAt(0),
  );
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return / ID="([^"]+)"/.exec(await new Response(stream).text())?.[1] ?? '';
}

interface Making {
  facts?: (facts: Facts) => Partial<Facts>;
  signing?: Signing | null;
  by?: () => SigningPair;
  /** What becomes of the signed document. */
  after?: (document: string) => string;
  fresh?: boolean;
}

/** Signs in with a document made like this; its answer, and why it was refused. */
async function outcome(making: Making = {}) {
  const browser = world.newBrowser();
  const location = await browser.begin(connection.id, { fresh: making.fresh ?? false });
  const facts = goodFacts({
    issuer: IDP,
    consumer: connection.ours.callbackUrl,
    audience: connection.ours.metadataUrl ?? '',
    requestId: await requestIdOf(location),
    person: `p${crypto.randomUUID()}`,
    now: world.clock.now(),
  });
  const document = documentOf({ ...facts, ...making.facts?.(facts) });
  const { signing = {}, by = () => pair, after = (text) => text } = making;
  const sent = after(signing === null ? document : signed(document, by(), signing));
  const answer = new URLSearchParams({
    SAMLResponse: toBase64(new TextEncoder().encode(sent)),
    RelayState: location.searchParams.get('RelayState') ?? '',
  }).toString();
  const response = await browser.finish(connection.id, answer);
  return { response, answer, browser, facts, sent };
}

const change =
  (from: string | RegExp, to: string) =>
  (document: string): string => {
    const changed = document.replace(from, to);
    if (changed === document) throw new Error(`nothing to change: ${String(from)}`);
    return changed;
  };
const evil = (assertion: string, id = '_evil'): string =>
  assertion.replace(/ID="[^"]+"/, `ID="${id}"`).replace(/<saml:NameID>[^<]*/, `<saml:NameID>${EVIL}`);
const OBJECT = (inside: string): string => `<ds:Object>${inside}</ds:Object>`;
const inSignature = (signature: string, inside: string): string =>
  signature.replace('</ds:Signature>', `${inside}</ds:Signature>`);
const HOUR = 3_600_000;
const ofResponse = { signing: { what: 'Response' } as const };

/** A response whose original, signed as a whole, is put elsewhere. */
const evilResponse = (document: string, place: (signature: string, original: string) => string): string => {
  const { signature } = parts(document);
  const original = document.replace(signature, '');
  const forged = evil(parts(original).assertion);
  const shell = parts(original)
    .around(forged)
    .replace(/ID="[^"]+"/, 'ID="_evilresponse"');
  return shell.replace('</saml:Issuer>', `</saml:Issuer>${place(signature, original)}`);
};

const WRAPPED: [string, string, Making][] = [
  [
    '1: the signed response within the signature of a forged one',
    'assertions',
    { ...ofResponse, after: (d) => evilResponse(d, (s, o) => inSignature(s, o)) },
  ],
  [
    '2: the signed response beside its signature in a forged one',
    'assertions',
    { ...ofResponse, after: (d) => evilResponse(d, (s, o) => o + s) },
  ],
  [
    '3: a forged assertion before the signed one',
    'assertions',
    { after: (d) => parts(d).around(evil(parts(d).bare) + parts(d).assertion) },
  ],
  [
    '4: the signed assertion within a forged one',
    'assertions',
    {
      after: (d) =>
        parts(d).around(
          evil(parts(d).bare).replace('</saml:Assertion>', `${parts(d).assertion}</saml:Assertion>`),
        ),
    },
  ],
  [
    '5: a forged assertion with the signature, the signed one after it',
    'assertions',
    { after: (d) => parts(d).around(evil(parts(d).assertion) + parts(d).bare) },
  ],
  [
    '6: a forged assertion whose signature holds the signed one',
    'assertions',
    {
      after: (d) =>
        parts(d).around(
          evil(parts(d).bare).replace(
            '</saml:Issuer>',
            `</saml:Issuer>${inSignature(parts(d).signature, parts(d).bare)}`,
          ),
        ),
    },
  ],
  [
    '7: a forged assertion of the same id among extensions',
    'id_repeated',
    {
      after: (d) =>
        parts(d).around(
          `<samlp:Extensions>${evil(parts(d).bare, /ID="([^"]+)"/.exec(parts(d).bare)?.[1])}</samlp:Extensions>${parts(d).assertion}`,
        ),
    },
  ],
  [
    '8: a forged assertion whose signature holds the signed one as an object',
    'assertions',
    {
      after: (d) =>
        parts(d).around(
          evil(parts(d).bare).replace(
            '</saml:Issuer>',
            `</saml:Issuer>${inSignature(parts(d).signature, OBJECT(parts(d).bare))}`,
          ),
        ),
    },
  ],
];

const DOCUMENTS: [string, string, Making][] = [
  ['with a document type', 'xml_doctype', { after: (d) => `<!DOCTYPE x>${d}` }],
  [
    'with an entity',
    'xml_doctype',
    { after: (d) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${d}` },
  ],
  [
    'with a comment in the name',
    'xml_comment',
    { after: change(/<saml:NameID>(p.)/, '<saml:NameID>$1<!-- -->') },
  ],
  ['with a comment elsewhere', 'xml_comment', { after: change('<samlp:Status>', '<!-- --><samlp:Status>') }],
  ['with an instruction', 'xml_instruction', { after: change('<samlp:Status>', '<?php ?><samlp:Status>') }],
  [
    'with a CDATA section',
    'xml_cdata',
    { after: change(/<saml:NameID>([^<]+)/, '<saml:NameID><![CDATA[$1]]>') },
  ],
  ['with a control character', 'xml_character', { after: change('<samlp:Status>', '\u0001<samlp:Status>') }],
  ['that is not well-formed', 'xml', { after: (d) => d.slice(0, -5) }],
  ['that is two', 'xml', { after: (d) => d + d }],
  [
    'that is very deep',
    'xml_size',
    { facts: () => ({ trailing: `${'<a>'.repeat(60)}${'</a>'.repeat(60)}` }) },
  ],
  [
    'that is no response',
    'root',
    {
      after: (d) =>
        parts(d).assertion.replace(
          '<saml:Assertion ',
          '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ',
        ),
    },
  ],
  ['without an assertion', 'assertions', { after: (d) => parts(d).around('') }],
  [
    'with the assertion further down',
    'assertions',
    {
      signing: {},
      after: (d) => parts(d).around(`<samlp:Extensions>${parts(d).assertion}</samlp:Extensions>`),
    },
  ],
  [
    'with an encrypted assertion',
    'encrypted',
    { after: (d) => parts(d).around(`${parts(d).assertion}<saml:EncryptedAssertion/>`) },
  ],
];

const SIGNATURES: [string, string, Making][] = [
  ['without a signature', 'unsigned', { signing: null }],
  ['signed by somebody else', 'signature', { by: () => stranger }],
  [
    'with another name than was signed',
    'signature',
    { after: change(/<saml:NameID>[^<]+/, `<saml:NameID>${EVIL}`) },
  ],
  [
    'with another status than was signed',
    'signature',
    { ...ofResponse, after: change('status:Success', 'status:Other') },
  ],
  ['whose signature is cut', 'signature', { after: change(/(<ds:SignatureValue>)[^<]{8}/, '$1AAAAAAAA') }],
  [
    'whose key comes with it',
    'signature',
    {
      by: () => stranger,
      after: (d) =>
        d
          .replace(/<ds:KeyInfo>.*<\/ds:KeyInfo>/, '')
          .replace(
            '</ds:SignatureValue>',
            `</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${stranger.certificate.replaceAll(/-----[^-]+-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`,
          ),
    },
  ],
  ['signed by RSA with SHA-1', 'algorithm', { signing: { signatureAlgorithm: WEAK.signature } }],
  ['digested by SHA-1', 'algorithm', { signing: { digestAlgorithm: WEAK.digest } }],
  [
    'in another canonical form',
    'algorithm',
    { signing: { canonicalizationAlgorithm: WEAK.canonicalization } },
  ],
  [
    'that would be an HMAC',
    'algorithm',
    { after: change('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256') },
  ],
  [
    'with a transform that keeps comments',
    'signature_transform',
    { signing: { transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', WEAK.commented] } },
  ],
  [
    'with a transform too many',
    'signature_transform',
    {
      after: change(
        /(<ds:Transform [^>]+\/>)/,
        '$1<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
      ),
    },
  ],
  ['with a signature of a part', 'signature_reference', { signing: { what: 'Subject' } }],
  [
    'with a signature of the whole document',
    'signature_reference',
    { after: change(/URI="[^"]+"/, 'URI=""') },
  ],
  [
    'with a reference to elsewhere',
    'signature_reference',
    { after: change(/URI="[^"]+"/, 'URI="https://evil.example/"') },
  ],
  ['with two references', 'signature_form', { after: change(/(<ds:Reference .*<\/ds:Reference>)/, '$1$1') }],
  [
    'with two signed infos',
    'signature_form',
    { after: change(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)/, '$1$1') },
  ],
  [
    'whose signature holds an object',
    'signature_object',
    { after: (d) => d.replace(parts(d).signature, inSignature(parts(d).signature, OBJECT('<x/>'))) },
  ],
  [
    'with a signature at the end',
    'signature_place',
    {
      after: (d) =>
        parts(d).around(parts(d).bare.replace('</saml:Assertion>', `${parts(d).signature}</saml:Assertion>`)),
    },
  ],
  [
    'with a signature among the conditions',
    'signature_place',
    {
      after: change(
        '</saml:Conditions>',
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></saml:Conditions>',
      ),
    },
  ],
  [
    'with two signatures',
    'repeated',
    { after: (d) => d.replace(parts(d).signature, parts(d).signature + parts(d).signature) },
  ],
  [
    'with an id twice',
    'id_repeated',
    { after: change('<samlp:Status>', '<samlp:Status ID="x"><y Id="x"/>') },
  ],
];

const CONTENTS: [string, string, Making][] = [
  ['of another provider', 'issuer', { facts: () => ({ issuer: 'https://other.example/saml' }) }],
  [
    'whose sign-in failed',
    'status',
    { facts: () => ({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }) },
  ],
  ['for another address', 'destination', { facts: () => ({ destination: 'https://evil.example/acs' }) }],
  ['signed without an address', 'destination', { ...ofResponse, facts: () => ({ destination: null }) }],
  [
    'that answers nothing (begun by the provider)',
    'in_response_to',
    { facts: () => ({ inResponseTo: null }) },
  ],
  ['that answers another request', 'in_response_to', { facts: () => ({ inResponseTo: '_other' }) }],
  [
    'whose assertion answers another request',
    'in_response_to',
    { facts: () => ({ confirmedFor: '_other' }) },
  ],
  ['of another version', 'version', { facts: () => ({ version: '1.1' }) }],
  ['for another recipient', 'recipient', { facts: () => ({ recipient: 'https://evil.example/acs' }) }],
  ['for another audience', 'audience', { facts: () => ({ audiences: ['https://evil.example'] }) }],
  ['for any audience', 'audience', { facts: () => ({ audiences: [] }) }],
  [
    'for two audiences that both must hold',
    'audience',
    {
      facts: () => ({
        conditions:
          '<saml:AudienceRestriction><saml:Audience>https://evil.example</saml:Audience></saml:AudienceRestriction>',
      }),
    },
  ],
  ['with a condition nobody knows', 'conditions', { facts: () => ({ conditions: '<saml:Condition/>' }) }],
  ['that has expired', 'expired', { facts: ({ until }) => ({ until: until - HOUR }) }],
  ['whose confirmation has expired', 'expired', { facts: ({ until }) => ({ confirmedUntil: until - HOUR }) }],
  ['that does not count yet', 'not_yet', { facts: ({ from }) => ({ from: from + HOUR }) }],
  ['of a sign-in in the future', 'authentication', { facts: ({ instant }) => ({ instant: instant + HOUR }) }],
  [
    'of an old sign-in, where it was to be a new one',
    'stale',
    { fresh: true, facts: ({ instant }) => ({ instant: instant - HOUR }) },
  ],
  [
    'for whoever holds a key',
    'confirmation',
    { facts: () => ({ method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }) },
  ],
  ['without a name', 'name_id', { facts: () => ({ nameId: '' }) }],
  ['with an empty name', 'name_id', { facts: () => ({ nameId: '<saml:NameID> </saml:NameID>' }) }],
  ['with two names', 'repeated', { facts: ({ nameId }) => ({ nameId: nameId + nameId }) }],
  [
    'with elements in the name',
    'text',
    { facts: () => ({ nameId: `<saml:NameID>a<b/>${EVIL}</saml:NameID>` }) },
  ],
  [
    'with a name of this time alone',
    'name_id',
    {
      facts: () => ({
        nameId: '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">x</saml:NameID>',
      }),
    },
  ],
  [
    'with a name of another provider',
    'name_id',
    { facts: () => ({ nameId: '<saml:NameID NameQualifier="https://other.example">x</saml:NameID>' }) },
  ],
  [
    'with two addresses',
    'attribute',
    { facts: ({ attributes }) => ({ attributes: attributes + attributes }) },
  ],
];

describe('a good response', () => {
  it.each<[string, Making]>([
    ['with a signed assertion', {}],
    ['that is signed as a whole', ofResponse],
    ['signed with the key that is coming', { by: () => next }],
    [
      'by RSA with SHA-512',
      {
        signing: {
          signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
          digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512',
        },
      },
    ],
    ['of a new sign-in, where that was asked for', { fresh: true }],
  ])('%s signs in whom it names', async (_, making) => {
    const { response, facts } = await outcome(making);
    const { user } = await tokensOf(response);
    expect(facts.attributes).toContain(user.email);
  });

  it('is refused to a key that was taken out of the connection', async () => {
    const path = `/v1/auth/connections/${connection.id}`;
    const set = async (certificates: string[]) => {
      const { kind, name, domains, settings } = connection;
      const body = { kind, name, domains, settings: { ...settings, certificates } };
      const token = await world.adminToken();
      return world.call(path, { method: 'PUT', body, token, headers: { 'if-match': '*' } });
    };
    expect((await set([next.certificate])).status).toBe(200);
    expect((await outcome()).response.status).toBe(403);
    expect((await set([pair.certificate, next.certificate])).status).toBe(200);
    expect((await outcome()).response.status).toBe(200);
  });

  it('counts once, also for another request', async () => {
    const first = await outcome();
    expect(first.response.status).toBe(200);
    expect((await first.browser.finish(connection.id, first.answer)).status).toBe(410);
    const again = await outcome({ facts: () => ({ assertionId: first.facts.assertionId }) });
    expect(again.response.status).toBe(403);
    expect(await world.lastReason(connection.id)).toBe('replayed');
  });
});

describe('a hostile response', () => {
  it.each([...WRAPPED, ...DOCUMENTS, ...SIGNATURES, ...CONTENTS])(
    '%s is refused: %s',
    async (_, reason, making) => {
      const { response } = await outcome(making);
      expect([response.status, await world.lastReason(connection.id)]).toEqual([403, reason]);
    },
  );

  it('is one of seventy, all eight forms of wrapping among them', () => {
    expect(WRAPPED).toHaveLength(8);
    expect(WRAPPED.length + DOCUMENTS.length + SIGNATURES.length + CONTENTS.length).toBe(70);
  });
});
