/** Strong entity tag of an order: its version (RFC 9110 §8.8.3). */
export const entityTag = (order: { version: number }): string => `"${order.version}"`;

/** `If-None-Match` uses the weak comparison (RFC 9110 §13.1.2). */
export const matches = (header: string | undefined, tag: string): boolean =>
  header !== undefined &&
  header
    .split(',')
    .some((candidate) => candidate.trim() === '*' || candidate.trim().replace(/^W\//, '') === tag);
