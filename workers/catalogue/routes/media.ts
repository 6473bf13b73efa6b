import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised, open } from '#shared/http/authorised.ts';
import { matches } from '#shared/http/entity-tag.ts';
import { Problem } from '#shared/http/problems.ts';
import { readBody } from '#shared/http/read-body.ts';
import { json, problems } from '#shared/http/responses.ts';
import { MEDIA_PATH, PICTURE_TYPES, readMediaName } from '../domain/picture.ts';
import type { Env } from '../env.ts';
import { PICTURE_BYTES_MAX, storePicture } from '../usecases/media.ts';
import { ports } from './context.ts';

const pictureSchema = z
  .strictObject({
    /** For a product's `images`; its bytes never change. */
    url: z.url(),
    /** SHA-256 of the bytes. */
    hash: z.string(),
    contentType: z.string(),
    bytes: z.int(),
    width: z.int(),
    height: z.int(),
  })
  .meta({ id: 'Picture' });

const upload = createRoute({
  method: 'post',
  path: '/v1/media',
  operationId: 'uploadPicture',
  tags: ['Catalogue'],
  summary: `Stores a picture, at most ${PICTURE_BYTES_MAX} bytes; the same bytes again are the same picture`,
  description:
    'PNG, JPEG, GIF or WebP, known by their bytes whatever `Content-Type` says. What no product names for a day is deleted.',
  ...authorised('products.write'),
  request: {
    body: {
      required: true,
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
  },
  responses: {
    201: json('It is stored', pictureSchema),
    ...problems('unauthenticated', 'forbidden', 'conflict', 'body-too-large', 'unsupported-media-type'),
  },
});
const read = createRoute({
  method: 'get',
  path: '/v1/media/{name}',
  operationId: 'readPicture',
  tags: ['Catalogue'],
  summary: 'A picture, to be kept for ever',
  ...open('pages show it to everybody'),
  request: { params: z.object({ name: z.string().max(100) }) },
  responses: {
    200: {
      description: 'The picture',
      content: { 'image/*': { schema: z.string().meta({ format: 'binary' }) } },
    },
    304: { description: 'The client has it already' },
    ...problems('not-found', 'validation-failed'),
  },
});

export function mediaRoutes(app: App<Env>): void {
  app.openapi(upload, async (c) => {
    const bytes = await readBody(c.req.raw, PICTURE_BYTES_MAX);
    if (bytes === null)
      throw new Problem({ slug: 'body-too-large', detail: `At most ${PICTURE_BYTES_MAX} bytes.` });
    const stored = await storePicture(ports(c), bytes, c.get('actor').userId);
    if (!stored.ok) {
      throw stored.error === 'not_a_picture'
        ? new Problem({ slug: 'unsupported-media-type', detail: 'Send a PNG, JPEG, GIF or WebP picture.' })
        : new Problem({ slug: 'conflict', detail: 'It is being deleted: send it again in a moment.' });
    }
    const { name, hash, kind, width, height } = stored.value;
    const url = `${c.env.PUBLIC_ORIGIN}${MEDIA_PATH}${name}`;
    c.header('location', url);
    const contentType = PICTURE_TYPES[kind];
    return c.json({ url, hash, contentType, bytes: stored.value.bytes, width, height }, 201);
  });
  app.openapi(read, async (c) => {
    const { name } = c.req.valid('param');
    const named = readMediaName(name);
    const etag = `"${named?.hash.slice(0, 32) ?? ''}"`;
    if (named !== null && matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
    const object = named === null ? null : await ports(c).media.get(name);
    if (named === null || object === null)
      throw new Problem({ slug: 'not-found', detail: 'There is no such picture.' });
    return c.body(object.body, 200, {
      'content-type': PICTURE_TYPES[named.kind],
      'content-length': String(object.size),
      'cache-control': 'public, max-age=31536000, immutable',
      etag,
      'content-disposition': 'inline',
    });
  });
}
