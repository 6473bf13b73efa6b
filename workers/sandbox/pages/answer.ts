import type { HtmlEscapedString } from 'hono/utils/html';

/** No scripts, nothing from outside; forms post to this origin alone and may be redirected to the shop. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/** An HTML page of the sandbox. */
export async function htmlPage(
  page: HtmlEscapedString | Promise<HtmlEscapedString>,
  status = 200,
): Promise<Response> {
  return new Response(`<!doctype html>${String(await page)}`, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}
