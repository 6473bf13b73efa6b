import { describe, expect, it } from 'vitest';
import type { Address } from '../address.ts';
import { placeOf } from './place.ts';

const home: Address = {
  name: 'Ann Example',
  line1: 'Hauptstraße 5a',
  line2: '',
  postalCode: '10115',
  city: 'München',
  country: 'DE',
};
const place = (more: Partial<Address> = {}): string => placeOf({ ...home, ...more });

describe('the place of an address', () => {
  it.each<[string, Partial<Address>]>([
    ['in another case', { line1: 'HAUPTSTRASSE 5A', city: 'MÜNCHEN' }],
    ['with other spaces', { line1: ' Hauptstraße  5 a ', city: 'München ' }],
    ['with signs', { line1: 'Hauptstraße 5-a.' }],
    ['with the street short', { line1: 'Hauptstr. 5a' }],
    ['with the street short and apart', { line1: 'Haupt Str 5a' }],
    ['with ss for ß', { line1: 'Hauptstrasse 5a' }],
    ['with oe and ue for ö and ü', { city: 'Muenchen' }],
    ['without dots on the letters', { city: 'Munchen' }],
    ['with a space in the postcode', { postalCode: '10 115' }],
    ['with the country before the postcode', { postalCode: 'D-10115' }],
    ['with its number before the street', { line1: '5a Hauptstraße' }],
    ['with the number in the second line', { line1: 'Hauptstraße', line2: '5a' }],
    ['for another person', { name: 'Bob Example' }],
  ])('is the same %s', (_how, more) => {
    expect(place(more)).toBe(place());
  });

  it.each<[string, Partial<Address>, Partial<Address>]>([
    [
      'Street and St',
      { line1: '221B Baker Street', country: 'GB' },
      { line1: '221b Baker St.', country: 'GB' },
    ],
    ['Avenue and Ave', { line1: '1 Fifth Avenue', country: 'US' }, { line1: '1 Fifth Ave', country: 'US' }],
    [
      'a sign behind a letter that might stand for two',
      { line1: 'Untere Aue 5' },
      { line1: 'Untere Aue, 5' },
    ],
    ['äu and aeu', { line1: 'Bräuhausstraße 5' }, { line1: 'Braeuhausstrasse 5' }],
    ['such a letter at the end', { city: 'Aue-Schlema' }, { city: 'Aue Schlema' }],
    ['a postcode in two parts', { postalCode: 'NW1 6XE' }, { postalCode: 'nw16xe' }],
  ])('is the same with %s', (_what, one, other) => {
    expect(place(one)).toBe(place(other));
  });

  it.each<[string, Partial<Address>]>([
    ['house', { line1: 'Hauptstraße 5b' }],
    ['flat', { line2: 'Apt 3' }],
    ['street', { line1: 'Nebenstraße 5a' }],
    ['postcode', { postalCode: '10117' }],
    ['city', { city: 'Berlin' }],
    ['country', { country: 'AT' }],
  ])('is another one of another %s', (_what, more) => {
    expect(place(more)).not.toBe(place());
  });
});
