import type { Context } from 'hono';
import { api, valueOf, type Answer, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import type { InternalCall } from '../internal.ts';

/** Shared by the pages of one organisation: where it is in the API and here, and calls below it. */
export const apiPathOf = (c: Context<PageEnv>): string =>
  `/v1/auth/organisations/${encodeURIComponent(c.req.param('id') ?? '')}`;
export const pagePathOf = (c: Context<PageEnv>): string =>
  `/organisations/${encodeURIComponent(c.req.param('id') ?? '')}`;

/** Something of the organisation, which the page cannot do without. */
export const read = <Value>(c: Context<PageEnv>, path: string): Promise<Value> =>
  api<Value>(c, { method: 'GET', path: apiPathOf(c) + path }).then(valueOf);

/** Changes something below the organisation and shows the page `at` again; `refused` shows why not. */
export async function change(
  c: Context<PageEnv>,
  call: InternalCall,
  at: string,
  refused: (refusal: Refusal) => Response | Promise<Response>,
): Promise<Response> {
  const answer: Answer<unknown> = await api(c, { ...call, path: apiPathOf(c) + call.path });
  return answer.ok ? c.redirect(pagePathOf(c) + at, 303) : refused(answer.error);
}
