import { z } from '@hono/zod-openapi';
import { Problem } from './problems.ts';

/** Strong entity tag of what has a version (RFC 9110 §8.8.3). */
export const entityTag = (tagged: { version: number }): string => `"${tagged.version}"`;

/** Does `If-None-Match` name this tag? By the weak comparison (RFC 9110 §13.1.2). */
export const matches = (header: string | undefined, tag: string): boolean =>
  header !== undefined &&
  header
    .split(',')
    .some((candidate) => candidate.trim() === '*' || candidate.trim().replace(/^W\//, '') === tag);

/** Member of a route's request headers. `of` reads as in "ETag of the order". */
export const ifMatchHeader = (of: string) => ({
  'if-match': z
    .string()
    .max(200)
    .optional()
    .openapi({ description: `ETag of ${of}, or *` }),
});

/**
 * The version a write was decided on, from `If-Match`: the number its ETag begins with, alone or before a dot. Null for
 * `*`. Throws 428 when the header is missing, 412 when it is no ETag of ours: then nothing can match it.
 */
export function versionToMatch(header: string | undefined, of: string): number | null {
  if (header === undefined) throw ifMatchMissing(of);
  if (header.trim() === '*') return null;
  const version = /^"([1-9]\d{0,14})(?:\.[\w-]+)?"$/.exec(header.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new Problem({
    slug: 'precondition-failed',
    detail: `If-Match holds no ETag of ${of}.`,
    errors: [{ in: 'header', pointer: 'If-Match', detail: 'must be one strong ETag as answered to a read' }],
  });
}

/** The same where the header may be left out: null too. */
export const versionIfSent = (header: string | undefined, of: string): number | null =>
  header === undefined ? null : versionToMatch(header, of);

export const ifMatchMissing = (of: string): Problem =>
  new Problem({
    slug: 'precondition-required',
    detail: `Send the ETag of ${of} as you read it as If-Match.`,
    errors: [{ in: 'header', pointer: 'If-Match', detail: 'is missing' }],
  });
