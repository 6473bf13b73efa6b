// Typed by libraries.d.ts.
export { DOMParser } from '@xmldom/xmldom';
export { SignedXml } from 'xml-crypto';
