import type { Context } from 'hono';
import type { PageEnv } from './env.ts';

/** Text fields of a sent form; files and repeated names are not used by our forms (the last one counts). */
export async function formOf(c: Context<PageEnv>): Promise<Record<string, string>> {
  const body = await c.req.parseBody();
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
