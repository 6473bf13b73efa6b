import { z } from 'zod';

/** Types that members of the API's objects have, as its published schemas name them. */
export const text = z.string().max(5000);
export const maybeText = text.nullable();
export const int = z.int();
export const seconds = z.int().min(1_000_000_000);
export const amount = z.int().min(0);
export const currency = z.string().regex(/^[a-z]{3}$/);
export const metadata = z.record(z.string().max(40), z.string().max(500));
/** An id, or the object it names where it was expanded. */
export const reference = (prefix: string) =>
  z.union([
    z.string().regex(new RegExp(`^(${prefix})_`)),
    z.looseObject({ id: z.string(), object: z.string() }),
  ]);
export const maybe = (prefix: string) => reference(prefix).nullable();
export const nothing = z.null();
export const address = z.strictObject({
  city: maybeText,
  country: maybeText,
  line1: maybeText,
  line2: maybeText,
  postal_code: maybeText,
  state: maybeText,
});
export const billingDetails = z.strictObject({
  address: address.nullable(),
  email: maybeText,
  name: maybeText,
  phone: maybeText,
  tax_id: maybeText,
});
export const shipping = z.strictObject({
  address,
  name: text,
  carrier: maybeText,
  phone: maybeText,
  tracking_number: maybeText,
});
/** Head of every object of the account. */
export const head = <Name extends string>(object: Name, prefix: string) => ({
  id: z.string().regex(new RegExp(`^(${prefix})_\\w+$`)),
  object: z.literal(object),
  created: seconds,
});
export const livemode = z.literal(false);
/** `{type, [type]: …}` */
export const typed = z.looseObject({ type: text });
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ object: z.literal('list'), url: text, has_more: z.boolean(), data: z.array(item) });
