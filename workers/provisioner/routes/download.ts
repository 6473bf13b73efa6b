import { createRoute, z } from '@hono/zod-openapi';
import { open } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { attachment, parseRange } from '../http-range.ts';
import { toProblem } from '../problem.ts';
import { followLink, type FileContent } from '../usecases/downloads.ts';

const file = {
  content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
};
const route = createRoute({
  method: 'get',
  path: '/v1/downloads/{token}',
  operationId: 'download',
  tags: ['Instances'],
  summary: 'Streams the file behind a signed link; one `Range` is supported, so downloads resume',
  ...open('the signed link is the right to it'),
  request: { params: z.object({ token: z.string().max(1_000) }) },
  responses: {
    200: { description: 'The file', ...file },
    206: { description: 'The part asked for', ...file },
    ...problems('not-found', 'suspended', 'gone', 'range-not-satisfiable', 'validation-failed'),
  },
});

export function downloadRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const followed = await followLink(portsOf(c.env), c.req.valid('param').token, {
      range: parseRange(c.req.header('range')),
      ifRange: c.req.header('if-range') ?? null,
    });
    if (!followed.ok) throw toProblem(followed.error);
    const { content, fileName } = followed.value;
    return new Response(content.body, {
      status: content.part === null ? 200 : 206,
      headers: fileHeaders(content, fileName),
    });
  });
}

function fileHeaders(content: FileContent, fileName: string): Record<string, string> {
  const { part, bytes } = content;
  return {
    'content-type': content.contentType,
    'content-disposition': attachment(fileName),
    'content-length': String(part?.length ?? bytes),
    ...(part === null
      ? {}
      : { 'content-range': `bytes ${part.offset}-${part.offset + part.length - 1}/${bytes}` }),
    'accept-ranges': 'bytes',
    etag: content.etag,
    'cache-control': 'private, no-store',
    // The file comes from an operator, but it must never run as a page of the shop.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'referrer-policy': 'no-referrer',
  };
}
