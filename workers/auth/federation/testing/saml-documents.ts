import { SignedXml } from '../saml/libraries.js';
import type { SigningPair } from './self-signed.ts';

/** What a response says; each part can be made wrong on its own. Times are epoch milliseconds. */
export interface Facts {
  responseId: string;
  assertionId: string;
  issuer: string;
  destination: string | null;
  inResponseTo: string | null;
  status: string;
  version: string;
  nameId: string;
  method: string;
  recipient: string;
  confirmedFor: string;
  confirmedUntil: number;
  from: number;
  until: number;
  audiences: string[];
  conditions: string;
  instant: number;
  attributes: string;
  /** Right before the end of the response. */
  trailing: string;
}

export const goodFacts = (to: {
  issuer: string;
  consumer: string;
  audience: string;
  requestId: string;
  person: string;
  now: number;
}): Facts => ({
  responseId: `_r${crypto.randomUUID()}`,
  assertionId: `_a${crypto.randomUUID()}`,
  issuer: to.issuer,
  destination: to.consumer,
  inResponseTo: to.requestId,
  status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
  version: '2.0',
  nameId: `<saml:NameID>${to.person}</saml:NameID>`,
  method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  recipient: to.consumer,
  confirmedFor: to.requestId,
  confirmedUntil: to.now + 300_000,
  from: to.now - 10_000,
  until: to.now + 300_000,
  audiences: [to.audience],
  conditions: '',
  instant: to.now - 5_000,
  attributes: `<saml:Attribute Name="email"><saml:AttributeValue>${to.person}@people.test</saml:AttributeValue></saml:Attribute>`,
  trailing: '',
});

const iso = (time: number): string => new Date(time).toISOString();

export function documentOf(facts: Facts): string {
  const audiences = facts.audiences.map((each) => `<saml:Audience>${each}</saml:Audience>`).join('');
  const assertion = [
    `<saml:Assertion ID="${facts.assertionId}" Version="${facts.version}" IssueInstant="${iso(facts.instant)}">`,
    `<saml:Issuer>${facts.issuer}</saml:Issuer>`,
    `<saml:Subject>${facts.nameId}`,
    `<saml:SubjectConfirmation Method="${facts.method}"><saml:SubjectConfirmationData NotOnOrAfter="${iso(facts.confirmedUntil)}" Recipient="${facts.recipient}" InResponseTo="${facts.confirmedFor}"/></saml:SubjectConfirmation>`,
    '</saml:Subject>',
    `<saml:Conditions NotBefore="${iso(facts.from)}" NotOnOrAfter="${iso(facts.until)}">`,
    audiences === '' ? '' : `<saml:AudienceRestriction>${audiences}</saml:AudienceRestriction>`,
    `${facts.conditions}</saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${iso(facts.instant)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:people:two-factors</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    `<saml:AttributeStatement>${facts.attributes}</saml:AttributeStatement>`,
    '</saml:Assertion>',
  ].join('');
  const optional = (name: string, value: string | null): string =>
    value === null ? '' : ` ${name}="${value}"`;
  return [
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="${facts.responseId}" Version="${facts.version}" IssueInstant="${iso(facts.instant)}"`,
    `${optional('Destination', facts.destination)}${optional('InResponseTo', facts.inResponseTo)}>`,
    `<saml:Issuer>${facts.issuer}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="${facts.status}"/></samlp:Status>`,
    `${assertion}${facts.trailing}</samlp:Response>`,
  ].join('');
}

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const WEAK = {
  signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  digest: 'http://www.w3.org/2000/09/xmldsig#sha1',
  canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  commented: `${EXCLUSIVE}WithComments`,
};

export interface Signing {
  /** Local name of what is signed. */
  what?: 'Assertion' | 'Response' | 'Subject';
  signatureAlgorithm?: string;
  digestAlgorithm?: string;
  canonicalizationAlgorithm?: string;
  transforms?: string[];
}

/** The document with a signature of the element in it, after its issuer. */
export function signed(document: string, pair: SigningPair, signing: Signing = {}): string {
  const what = signing.what ?? 'Assertion';
  const holder = what === 'Subject' ? 'Assertion' : what;
  const xml = new SignedXml({
    privateKey: pair.privateKey,
    signatureAlgorithm: signing.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: signing.canonicalizationAlgorithm ?? EXCLUSIVE,
  });
  xml.addReference({
    xpath: `//*[local-name(.)='${what}']`,
    transforms: signing.transforms ?? [ENVELOPED, EXCLUSIVE],
    digestAlgorithm: signing.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  xml.computeSignature(document, {
    prefix: 'ds',
    location: { reference: `//*[local-name(.)='${holder}']/*[local-name(.)='Issuer']`, action: 'after' },
  });
  return xml.getSignedXml();
}

/** A signed document taken apart, to be put together wrongly. */
export function parts(document: string) {
  const take = (pattern: RegExp): string => pattern.exec(document)?.[0] ?? '';
  const assertion = take(/<saml:Assertion [^]*<\/saml:Assertion>/);
  const signature = take(/<ds:Signature [^]*?<\/ds:Signature>/);
  return {
    /** The response without its assertion, around what is put in. */
    around: (inside: string): string => document.replace(assertion, inside),
    assertion,
    signature,
    bare: assertion.replace(signature, ''),
  };
}
