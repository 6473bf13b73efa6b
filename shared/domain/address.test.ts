import { expect, it } from 'vitest';
import { addressSchema } from './address.ts';

it('is lines of a label, whatever was pasted: a partner prints it and a mail holds it', () => {
  const address = {
    name: 'Ann\r\nBcc: x',
    line1: '\u0000Way 1\t',
    postalCode: '1',
    city: '\ud800x',
    country: 'DE',
  };
  expect(addressSchema.parse(address)).toMatchObject({
    name: 'Ann Bcc: x',
    line1: 'Way 1',
    line2: '',
    city: '\ufffdx',
  });
  expect(addressSchema.safeParse({ ...address, name: '\n' }).success).toBe(false);
});
