import { createHash } from 'node:crypto';
import { Hono } from 'hono';

/** Passwords that "were in a breach", for whoever wants to see one refused. */
export const BREACHED = ['this password was in a breach', 'four words nobody kept secret'] as const;
/** Answers with padding have 800 to 1,000 lines, so that their length tells nothing. */
const PADDED_LINES = 800;

const found = BREACHED.map((password, index) => ({
  hash: createHash('sha1').update(password).digest('hex').toUpperCase(),
  count: index + 3,
}));

/** A line that stands for nothing: its count is 0. */
const padding = (index: number): string =>
  `${createHash('sha256').update(String(index)).digest('hex').slice(0, 35).toUpperCase()}:0`;

/**
 * Range look-up of breached passwords by k-anonymity (https://haveibeenpwned.com/API/v3#PwnedPasswords): for five hex digits of
 * a SHA-1 hash the rest of each known one, with how often it was seen.
 */
export const breachRoutes = new Hono().get('/range/:prefix', (c) => {
  const prefix = c.req.param('prefix').toUpperCase();
  if (!/^[0-9A-F]{5}$/.test(prefix)) return c.text('The hash prefix was not in a valid format', 400);
  const lines = found
    .filter(({ hash }) => hash.startsWith(prefix))
    .map(({ hash, count }) => `${hash.slice(5)}:${count}`);
  const isPadded = c.req.header('add-padding') === 'true';
  const filled = isPadded
    ? Array.from({ length: PADDED_LINES - lines.length }, (_, index) => padding(index))
    : [];
  return c.text([...lines, ...filled].join('\r\n'));
});
