import type { Context } from 'hono';
import { cardDataIn, refuseCardData } from '#shared/http/card-check.ts';
import type { PageEnv } from './env.ts';

/**
 * Text fields of a sent form; files and repeated names are not used by our forms (the last one counts). A form with card
 * data in it is refused as a whole: a page that showed it again, to be corrected, would send it back.
 */
export async function formOf(c: Context<PageEnv>): Promise<Record<string, string>> {
  const body = await c.req.parseBody();
  const fields = Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  refuseCardData(cardDataIn(fields));
  return fields;
}
