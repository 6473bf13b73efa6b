import type { z } from 'zod';
import { z as zod } from 'zod';
import { PROBLEMS, type ProblemSlug } from './problems.ts';

export const problemSchema = zod
  .looseObject({
    type: zod.string(),
    title: zod.string(),
    status: zod.int(),
    detail: zod.string(),
    requestId: zod.string(),
    errors: zod
      .array(
        zod.object({
          in: zod.enum(['body', 'query', 'path', 'header']),
          pointer: zod.string(),
          detail: zod.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' });

/** A JSON answer of a route, for `createRoute`'s `responses`. */
export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The refusals of a route, for `createRoute`'s `responses`; one entry per status, naming its problem types. */
export function problems(...slugs: ProblemSlug[]) {
  const byStatus = new Map<number, ProblemSlug[]>();
  for (const slug of slugs)
    byStatus.set(PROBLEMS[slug].status, [...(byStatus.get(PROBLEMS[slug].status) ?? []), slug]);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.map((name) => `${PROBLEMS[name].title} (\`${name}\`)`).join('; '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
