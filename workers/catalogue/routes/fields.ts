import { z } from '@hono/zod-openapi';

/** Member of a route's query: which members of each product are answered; its id always is. */
export const fieldsQuery = (product: z.ZodObject) => {
  const known = Object.keys(product.shape);
  return z
    .string()
    .max(1_000)
    .transform((list) => list.split(',').map((name) => name.trim()))
    .refine((names) => names.every((name) => known.includes(name)), `must be some of ${known.join(', ')}`)
    .optional()
    .openapi({
      type: 'string',
      description: 'Members to answer, separated by commas; default: all. `id` always is',
      example: 'handle,title,image',
    });
};

/** The product reduced to what was asked for. */
export const chosen = (product: object, fields: readonly string[] | undefined): object =>
  fields === undefined
    ? product
    : Object.fromEntries(Object.entries(product).filter(([name]) => name === 'id' || fields.includes(name)));
