import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from '#shared/http/problems.ts';
import { coarseLimit } from '../coarse-limit.ts';
import type { PageEnv } from '../env.ts';

const FORM_BYTES_MAX = 8_000;
const limited = bodyLimit({
  maxSize: FORM_BYTES_MAX,
  onError: () => {
    throw new Problem({ slug: 'body-too-large', detail: `At most ${FORM_BYTES_MAX} bytes.` });
  },
});

/**
 * Applications may also send their users by a form of their own page (OIDC Core §3.1.2.1, RP-Initiated Logout §2). It
 * does nothing here but lead to the same request by address, so it may come from another site, unlike our own forms.
 */
export const oauthByPost = new Hono<PageEnv>();
for (const path of ['/oauth/authorize', '/oauth/logout']) {
  oauthByPost.post(path, coarseLimit, limited, async (c) => {
    const query = new URLSearchParams(await c.req.text());
    return c.redirect(`${path}?${query.toString()}`, 303);
  });
}
