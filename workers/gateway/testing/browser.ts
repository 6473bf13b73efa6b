import { self } from '#shared/testing/runtime.ts';

export const ORIGIN = 'https://shop.test';

/** What the echoing fakes answer. */
export interface Echo {
  service: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Asks the gateway without following redirects. */
export const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  self.fetch(ORIGIN + path, { redirect: 'manual', ...init });

export const SIGNED_IN = '__Host-access=access.1.sig; __Host-refresh=refresh-1';

/** Sends a form as a browser does from one of our own pages. */
export function submit(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return ask(path, {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
}

/** `name=value` of the cookies an answer sets, as the browser would send them back. */
export const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
