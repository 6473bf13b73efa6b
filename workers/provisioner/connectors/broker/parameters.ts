import { type SchemaDraft, Validator } from '@cfworker/json-schema';

/** Brokers state draft 4 or later (Open Service Broker API 2.17, "Input Parameters Schema Object"). */
const DRAFTS: readonly [RegExp, SchemaDraft][] = [
  [/draft-04/, '4'],
  [/draft-0[67]/, '7'],
  [/2019-09/, '2019-09'],
];

/** What is wrong with parameters by a broker's schema, in words with the place; null: nothing, or there is no schema. Pure. */
export function parameterFault(
  schema: Record<string, unknown> | null,
  parameters: Record<string, unknown>,
): string | null {
  if (schema === null) return null;
  const named = schema['$schema'];
  const draft =
    typeof named === 'string' ? (DRAFTS.find(([pattern]) => pattern.test(named))?.[1] ?? '2020-12') : '4';
  try {
    const { valid, errors } = new Validator(schema, draft, false).validate(parameters);
    if (valid) return null;
    const worst = errors.at(-1);
    return `${worst?.instanceLocation.replace(/^#/, '') ?? ''} ${worst?.error ?? 'does not fit'}`.trim();
  } catch {
    // A schema nobody can read forbids nothing: the broker itself has the last word.
    return null;
  }
}
