import { providerFault, ProviderFault } from '../safe-fetch.ts';
import { certificateBody, publicKeyOf } from './certificates.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import {
  attribute,
  childrenOf,
  childOf,
  escapeXml,
  isNamed,
  NS,
  parseXml,
  textOf,
  type XmlElement,
} from './xml.ts';

const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** What an identity provider is told of us (metadata §2.4.4). */
export const ourMetadata = (entityId: string, consumer: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="${NS.metadata}" entityID="${escapeXml(entityId)}">
  <md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="${NS.protocol}">
    <md:AssertionConsumerService Binding="${POST}" Location="${escapeXml(consumer)}" index="0" isDefault="true"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
`;

export interface TheirMetadata {
  entityId: string;
  ssoUrl: string;
  /** Base64 of each signing certificate. */
  certificates: string[];
}

/** The identity provider that a metadata document describes. Throws a `ProviderFault` when it describes none we could use. */
export function readMetadata(document: string, policy: TargetPolicy): TheirMetadata {
  const root = parseXml(withoutRemarks(document));
  const fail = (detail: string): never => {
    throw new ProviderFault('metadata', detail);
  };
  if (!isNamed(root, 'metadata', 'EntityDescriptor')) return fail('the document describes not one entity');
  const entityId = attribute(root, 'entityID') ?? '';
  const idp = childOf(root, 'metadata', 'IDPSSODescriptor');
  if (idp === null || entityId === '') return fail('the document describes no identity provider');
  const service = childrenOf(idp, 'metadata', 'SingleSignOnService').find(
    (each) => attribute(each, 'Binding') === REDIRECT,
  );
  const ssoUrl = service === undefined ? '' : (attribute(service, 'Location') ?? '');
  const fault = providerFault(ssoUrl, policy);
  if (fault !== null) return fail(`its address for sign-in by redirect ${fault}`);
  const certificates = [
    ...new Set(childrenOf(idp, 'metadata', 'KeyDescriptor').flatMap(signingCertificates)),
  ];
  if (certificates.length === 0) return fail('it names no certificate to sign with');
  for (const certificate of certificates) publicKeyOf(certificate);
  return { entityId, ssoUrl, certificates };
}

/** Makers of metadata sign it and write remarks; neither is read here, since an administrator says where it is from. */
const withoutRemarks = (document: string): string => document.replaceAll(/<!--[^]*?-->/g, '');

function signingCertificates(key: XmlElement): string[] {
  const use = attribute(key, 'use');
  if (use !== null && use !== 'signing') return [];
  const info = childOf(key, 'signature', 'KeyInfo');
  return (info === null ? [] : childrenOf(info, 'signature', 'X509Data'))
    .flatMap((data) => childrenOf(data, 'signature', 'X509Certificate'))
    .map((each) => certificateBody(textOf(each)));
}
