import { z } from '@hono/zod-openapi';

/** Path of one product. */
export const productParams = z.object({
  idOrHandle: z.string().min(1).max(200).openapi({ description: 'Id of the product, or its handle' }),
});
