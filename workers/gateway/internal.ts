import type { Context } from 'hono';
import type { PageEnv } from './env.ts';
import { answers } from './public-reads/answers.ts';
import { readThrough } from './public-reads/read-through.ts';

export interface InternalCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query of a public route. */
  path: string;
  body?: unknown;
  /** In place of `body`: fields of a form, as the protocol endpoints take them. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** Calls the public API for a page, the way any client does, through the same forwarding. */
export function callInternally(c: Context<PageEnv>, call: InternalCall): Promise<Response> {
  const headers = new Headers({ accept: 'application/json', ...call.headers });
  const agent = c.req.header('user-agent');
  if (agent !== undefined) headers.set('user-agent', agent);
  // What is read is in the reader's language where there is a translation; what is written says its own.
  const languages = c.req.header('accept-language');
  if (languages !== undefined && call.method === 'GET') headers.set('accept-language', languages);
  const device = c.get('session').device(call.path);
  if (device !== undefined) headers.set('x-device', device);
  const body = bodyOf(call);
  if (body !== null) headers.set('content-type', body.type);
  const request = new Request(new URL(call.path, c.req.url), {
    method: call.method,
    headers,
    ...(body === null ? {} : { body: body.text }),
  });
  return readThrough(request, {
    answers,
    later: (work) => c.executionCtx.waitUntil(work),
    env: c.env,
    requestId: c.get('requestId'),
    clientIp: c.req.header('cf-connecting-ip'),
    clientCountry: c.req.header('cf-ipcountry'),
  });
}

function bodyOf({ body, form }: InternalCall): { type: string; text: string } | null {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  }
  return body === undefined ? null : { type: 'application/json', text: JSON.stringify(body) };
}
