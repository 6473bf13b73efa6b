import { ProviderFault } from '../safe-fetch.ts';
import { DOMParser, type XmlElement, type XmlNode } from './libraries.js';

export type { XmlElement };

export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const;
type Namespace = keyof typeof NS;

const ELEMENT = 1;
const TEXT = 3;
const ELEMENTS_MAX = 5_000;
const DEPTH_MAX = 50;

/** Whatever is no plain element, attribute or text: parsers, signatures and readers differ about it. */
const FORBIDDEN: [RegExp, string][] = [
  [/<!DOCTYPE|<!ENTITY/i, 'doctype'],
  [/<!--/, 'comment'],
  [/<!\[CDATA\[/, 'cdata'],
  [/<\?(?!xml[\s?])/i, 'instruction'],
  // Control characters, and characters that are none (XML 1.0 §2.2).
  [/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/u, 'character'],
];

/** The root of a document that has elements, attributes and text, and nothing else. Throws on any other. */
export function parseXml(text: string): XmlElement {
  for (const [pattern, reason] of FORBIDDEN) {
    if (pattern.test(text)) throw new ProviderFault(`xml_${reason}`, `the document holds a ${reason}`);
  }
  const root = documentElement(text);
  let count = 0;
  const visit = (node: XmlNode, depth: number): void => {
    if (node.nodeType === TEXT) return;
    if (node.nodeType !== ELEMENT)
      throw new ProviderFault('xml_node', 'the document holds more than elements');
    if ((count += 1) > ELEMENTS_MAX || depth > DEPTH_MAX) {
      throw new ProviderFault('xml_size', 'the document has too many elements');
    }
    for (const child of Array.from(node.childNodes)) visit(child, depth + 1);
  };
  visit(root, 0);
  return root;
}

function documentElement(text: string): XmlElement {
  const fault = (): never => {
    throw new ProviderFault('xml', 'the document is not well-formed');
  };
  const parser = new DOMParser({ errorHandler: { warning: fault, error: fault, fatalError: fault } });
  const document = parser.parseFromString(text, 'text/xml');
  const roots = Array.from(document?.childNodes ?? []).filter(({ nodeType }) => nodeType === ELEMENT);
  const [root] = roots;
  return root === undefined || roots.length > 1 ? fault() : (root as XmlElement);
}

export const attribute = (element: XmlElement, name: string): string | null =>
  Array.from(element.attributes).find((each) => each.name === name)?.value ?? null;

export const elementsIn = (element: XmlElement): XmlElement[] =>
  Array.from(element.childNodes).filter(({ nodeType }) => nodeType === ELEMENT) as XmlElement[];

export const isNamed = (element: XmlElement, namespace: Namespace, name: string): boolean =>
  element.localName === name && element.namespaceURI === NS[namespace];

export const childrenOf = (element: XmlElement, namespace: Namespace, name: string): XmlElement[] =>
  elementsIn(element).filter((child) => isNamed(child, namespace, name));

/** The one child of this name; null when there is none. Several are a fault. */
export function childOf(element: XmlElement, namespace: Namespace, name: string): XmlElement | null {
  const [child, second] = childrenOf(element, namespace, name);
  if (second !== undefined) throw new ProviderFault('repeated', `there is more than one ${name}`);
  return child ?? null;
}

/** Text of an element that has no elements in it, as it was signed: nothing of it is cut off. */
export function textOf(element: XmlElement): string {
  if (elementsIn(element).length > 0) {
    throw new ProviderFault('text', `${element.localName} holds elements where text belongs`);
  }
  return (element.textContent ?? '').trim();
}

/** An element and all within it. */
export function allWithin(element: XmlElement): XmlElement[] {
  return [element, ...elementsIn(element).flatMap(allWithin)];
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (found) => ESCAPES[found] ?? '');
