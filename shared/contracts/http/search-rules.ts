import { z } from 'zod';
import { localeSchema } from '#shared/domain/locale.ts';
import { idSchema } from '#shared/ids/ids.ts';

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');
const kept = {
  status: z.enum(['active', 'archived']),
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

const synonym = z.strictObject({
  /** Language the words are of (BCP 47); null: they are found as they are written, in every language. */
  locale: localeSchema.nullable().default(null),
  /** `two_way`: each of `words` finds all others. `one_way`: each of `words` finds those of `to` as well, not the other way. */
  direction: z.enum(['one_way', 'two_way']).default('two_way'),
  words: z.array(line(100)).min(1).max(20),
  to: z.array(line(100)).max(20).default([]),
});
export const synonymInputSchema = synonym
  .superRefine(({ direction, words, to }, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (direction === 'two_way' && words.length < 2) refuse('words', 'must be two or more');
    if (direction === 'two_way' && to.length > 0) refuse('to', 'is only for one_way');
    if (direction === 'one_way' && to.length === 0) refuse('to', 'must name what is found as well');
  })
  .meta({ id: 'SearchSynonymInput', example: { locale: 'en', words: ['typeface', 'font'] } });
export type SynonymInput = z.infer<typeof synonymInputSchema>;
export const synonymSchema = synonym
  .extend({ id: idSchema('synonym'), ...kept })
  .meta({ id: 'SearchSynonym' });
export type SynonymView = z.infer<typeof synonymSchema>;

const boost = z.strictObject({
  title: line(200),
  /** As in `filter`: `collection`, `vendor`, `tag`, `attr.colour`. */
  facet: line(100),
  value: line(255),
  /** What the score of a hit that has the value is multiplied by; below 1 puts it back. */
  factor: z.number().min(0.001).max(100).multipleOf(0.001),
});
export const boostInputSchema = boost.meta({
  id: 'SearchBoostInput',
  example: { title: 'News first', facet: 'collection', value: 'new-this-month', factor: 1.2 },
});
export type BoostInput = z.infer<typeof boostInputSchema>;
export const boostSchema = boost.extend({ id: idSchema('searchBoost'), ...kept }).meta({ id: 'SearchBoost' });
export type BoostView = z.infer<typeof boostSchema>;
