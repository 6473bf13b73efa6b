import { z } from 'zod';

/** Parameters as they arrive: every value is text. Messages `missing` and `integer` choose the refusal's code. */
export const integer = z
  .string()
  .regex(/^-?\d{1,12}$/, 'integer')
  .transform(Number);
export const bool = z.enum(['true', 'false']).transform((text) => text === 'true');
const TEXT_MAX = 5_000;
export const text = z.string().max(TEXT_MAX);
/** An empty text unsets a value. */
export const optionalText = text.optional();
export const METADATA = { keys: 50, name: 40, value: 500 } as const;
/** https://docs.stripe.com/api/metadata */
export const metadata = z
  .record(
    z.string().max(METADATA.name, `names have at most ${METADATA.name} characters`),
    z.string().max(METADATA.value, `values have at most ${METADATA.value} characters`),
  )
  .refine((sent) => Object.keys(sent).length <= METADATA.keys, `at most ${METADATA.keys} keys`);
export const expand = z.array(z.string().max(200)).max(20).optional();
export const currency = z.string().regex(/^[a-z]{3}$/i, 'not a currency');

/** `{"card": {}}` narrowed to what was sent: members that are absent or empty are left out. */
export const given = (fields: Partial<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter(
      (field): field is [string, string] => field[1] !== undefined && field[1] !== '',
    ),
  );

export const plainParams = z.strictObject({ expand });
export const retrieveParams = z.strictObject({ client_secret: optionalText, key: optionalText, expand });
