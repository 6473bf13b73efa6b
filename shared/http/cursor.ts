import type { z } from 'zod';
import { Problem } from './problems.ts';

const CURSOR_LENGTH_MAX = 500;

/** Opaque keyset cursor: base64url of JSON. Not signed: it carries a position, never a permission. */
export function encodeCursor(position: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(position));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Reads a cursor back; anything that does not parse as `schema` is a 400 `invalid-cursor`. */
export function decodeCursor<Schema extends z.ZodType>(schema: Schema, cursor: string): z.infer<Schema> {
  try {
    if (cursor.length > CURSOR_LENGTH_MAX) throw new Error('too long');
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    return schema.parse(
      JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)),
    );
  } catch {
    throw new Problem({ slug: 'invalid-cursor', detail: 'Take `next` from a previous page, unchanged.' });
  }
}

/** `Link` header to the next page (RFC 8288), keeping the other query parameters. */
export function nextLink(requestUrl: string, cursor: string): string {
  const url = new URL(requestUrl);
  url.searchParams.set('cursor', cursor);
  return `<${url.pathname}${url.search}>; rel="next"`;
}
