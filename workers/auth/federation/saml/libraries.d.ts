/**
 * As much of `@xmldom/xmldom` and `xml-crypto` as is used here. Their own types bring those of browsers, which would
 * change what `Response`, `Element` and others mean in every worker.
 */

export interface XmlNode {
  nodeType: number;
  childNodes: ArrayLike<XmlNode>;
  textContent: string | null;
}
export interface XmlElement extends XmlNode {
  localName: string;
  namespaceURI: string | null;
  attributes: ArrayLike<{ name: string; localName: string; value: string }>;
  parentNode: XmlElement | null;
}

export class DOMParser {
  constructor(options: {
    errorHandler: Record<'warning' | 'error' | 'fatalError', (message: string) => never>;
  });
  parseFromString(text: string, mimeType: 'text/xml'): XmlNode | undefined;
}

export class SignedXml {
  constructor(options: {
    publicCert?: string;
    privateKey?: string;
    getCertFromKeyInfo?: () => null;
    signatureAlgorithm?: string;
    canonicalizationAlgorithm?: string;
  });
  loadSignature(signature: XmlElement): void;
  /** Throws on what has not the form of a signature. */
  checkSignature(document: string): boolean;
  /** Canonical XML of what was signed, after `checkSignature`. */
  getSignedReferences(): string[];
  addReference(reference: { xpath: string; transforms: string[]; digestAlgorithm: string }): void;
  computeSignature(
    document: string,
    options: { prefix?: string; location: { reference: string; action: 'after' | 'append' | 'prepend' } },
  ): void;
  getSignedXml(): string;
}
