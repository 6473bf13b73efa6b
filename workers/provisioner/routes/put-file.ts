import { createRoute, z } from '@hono/zod-openapi';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { FILE_BYTES_MAX, putFile } from '../usecases/files.ts';

/** As in a product's `fulfilment.objectKey`, and no segment that climbs or is empty. */
const keySchema = z
  .string()
  .max(512)
  .regex(
    /^(?!\.versions\/)(?!.*(^|\/)\.{1,2}(\/|$))[\w.-]+(\/[\w.-]+)*$/,
    'letters, digits, `_`, `.`, `-`, in segments parted by `/`',
  );
const fileSchema = z
  .strictObject({ key: z.string(), bytes: z.int(), contentType: z.string(), etag: z.string() })
  .meta({ id: 'File' });

const route = createRoute({
  method: 'put',
  path: '/v1/files/{key}',
  operationId: 'putFile',
  tags: ['Instances'],
  summary: `Stores a file for download products, at most ${FILE_BYTES_MAX} bytes; replaces one under the same key`,
  description:
    'The key is one path segment: encode `/` as `%2F`. `Content-Length` and `Content-Type` are needed.',
  ...authorised('products.write'),
  request: {
    params: z.object({ key: keySchema }),
    body: {
      required: true,
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
  },
  responses: {
    200: json('It is stored', fileSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function putFileRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { key } = c.req.valid('param');
    const stored = await putFile(portsOf(c.env), key, {
      body: c.req.raw.body,
      contentLength: c.req.header('content-length') ?? null,
      contentType: c.req.header('content-type') ?? null,
    });
    if (!stored.ok) throw toProblem(stored.error);
    return c.json({ key, ...stored.value }, 200);
  });
}
