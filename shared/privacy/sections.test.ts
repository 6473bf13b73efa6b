import { describe, expect, it } from 'vitest';
import { allOf } from '#shared/testing/traces.ts';
import { counted, cut, pageOf, type Section } from './sections.ts';

const section = (name: string, pages: number): Section<{ seen: string }> => ({
  name,
  page(place) {
    const page = Number(place ?? 1);
    return Promise.resolve({ seen: `${name}${page}`, next: page < pages ? String(page + 1) : null });
  },
});
const sections = [section('a', 2), section('b', 1), section('c', 3)];

describe('pages of several sections', () => {
  it('come section by section, each to its end', async () => {
    const pages = await allOf((cursor) => pageOf(sections, cursor));
    expect(pages.map(({ seen }) => seen)).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'c3']);
  });

  it('can be repeated from any of their cursors', async () => {
    const { next } = await pageOf(sections, null);
    expect(await pageOf(sections, next)).toEqual(await pageOf(sections, next));
  });

  it.each(['', 'no cursor', btoa('["a"]'), btoa('["unknown",null]'), btoa('["a",1]'), btoa('{"a":null}')])(
    'do not begin at %j, which is no cursor of theirs',
    async (cursor) => {
      await expect(pageOf(sections, cursor)).rejects.toThrow('invalid-cursor');
    },
  );
});

it('a page knows whether it is the last by one row more', () => {
  const rows = ['a', 'b', 'c'];
  expect(cut(rows, 2, (row) => row)).toEqual({ rows: ['a', 'b'], next: 'b' });
  expect(cut(rows, 3, (row) => row)).toEqual({ rows, next: null });
  expect(cut<string>([], 3, (row) => row)).toEqual({ rows: [], next: null });
});

it('what was not there is not counted', () => {
  expect(counted({ orders: 2, carts: 0 })).toEqual({ orders: 2 });
});
