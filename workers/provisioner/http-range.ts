import type { ByteRange } from './adapters/files.ts';

/**
 * The one byte range a `Range` header asks for (RFC 9110 §14.2). Null, meaning the whole file, for no header, other units,
 * several ranges and anything malformed: a server may ignore the header. Pure.
 */
export function parseRange(header: string | undefined): ByteRange | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null) return null;
  const [first = '', last = ''] = match.slice(1);
  if (first === '') return last === '' ? null : { suffix: Number(last) };
  const offset = Number(first);
  if (last === '') return { offset };
  return Number(last) < offset ? null : { offset, length: Number(last) - offset + 1 };
}

/** `Content-Disposition` that saves under `fileName` in any client (RFC 6266, RFC 8187). Pure. */
export function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
