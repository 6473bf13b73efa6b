import { ProviderFault } from '../safe-fetch.ts';
import { SignedXml } from './libraries.js';
import { attribute, childrenOf, elementsIn, NS, type XmlElement } from './xml.ts';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ALLOWED = {
  CanonicalizationMethod: [EXCLUSIVE],
  SignatureMethod: [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ],
  DigestMethod: ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'],
} as const;
const TRANSFORMS = [`${NS.signature}enveloped-signature`, EXCLUSIVE];
const PARTS = new Set(['SignedInfo', 'SignatureValue', 'KeyInfo']);

/**
 * The very bytes that a signature covers, which must be the element it stands in. Its form is narrowed first: one
 * reference, to its parent by id, through the two transforms everybody uses, by algorithms of today. `KeyInfo` is not
 * looked at: one of `keys` (PEM) verifies it, or none does.
 */
export function signedBytes(document: string, signature: XmlElement, keys: readonly string[]): string {
  checkForm(signature);
  for (const key of keys) {
    const bytes = verified(document, signature, key);
    if (bytes !== null) return bytes;
  }
  throw new ProviderFault('signature', 'the signature is none of the provider’s keys');
}

function verified(document: string, signature: XmlElement, key: string): string | null {
  const signed = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null });
  try {
    signed.loadSignature(signature);
    if (!signed.checkSignature(document)) return null;
  } catch {
    return null;
  }
  const [bytes, second] = signed.getSignedReferences();
  return bytes === undefined || second !== undefined ? null : bytes;
}

function checkForm(signature: XmlElement): void {
  const unknown = elementsIn(signature).some(
    ({ localName, namespaceURI }) => namespaceURI !== NS.signature || !PARTS.has(localName),
  );
  if (unknown) throw new ProviderFault('signature_object', 'the signature holds more than it needs');
  const info = one(signature, 'SignedInfo');
  one(signature, 'SignatureValue');
  algorithmOf(info, 'CanonicalizationMethod');
  algorithmOf(info, 'SignatureMethod');
  const reference = one(info, 'Reference');
  if (elementsIn(info).length !== 3)
    throw new ProviderFault('signature_form', 'the signature has a strange form');
  const id = signature.parentNode === null ? null : attribute(signature.parentNode, 'ID');
  if (id === null || attribute(reference, 'URI') !== `#${id}`) {
    throw new ProviderFault(
      'signature_reference',
      'the signature is of something else than what it stands in',
    );
  }
  algorithmOf(reference, 'DigestMethod');
  const transforms = childrenOf(one(reference, 'Transforms'), 'signature', 'Transform');
  const names = transforms.map((transform) => attribute(transform, 'Algorithm') ?? '');
  if (names.length !== TRANSFORMS.length || names.some((name, at) => name !== TRANSFORMS[at])) {
    throw new ProviderFault('signature_transform', 'the signature transforms what it signs');
  }
}

function one(parent: XmlElement, name: string): XmlElement {
  const [found, second] = childrenOf(parent, 'signature', name);
  if (found === undefined || second !== undefined) {
    throw new ProviderFault('signature_form', `the signature has not exactly one ${name}`);
  }
  return found;
}

function algorithmOf(parent: XmlElement, name: keyof typeof ALLOWED): void {
  const algorithm = attribute(one(parent, name), 'Algorithm') ?? '';
  if (!(ALLOWED[name] as readonly string[]).includes(algorithm)) {
    throw new ProviderFault('algorithm', `${name} ${algorithm} is not accepted`);
  }
}
