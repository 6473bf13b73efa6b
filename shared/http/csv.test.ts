import * as fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvRecord, csvResponse } from './csv.ts';
import { periodSchema } from './period.ts';

describe('a record', () => {
  it('is read back as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 5 }), (cells) => {
        const [read] = parse(csvRecord(cells), {
          relax_column_count: true,
          record_delimiter: '\r\n',
        });
        expect(read?.map((cell, index) => (cell === `'${cells[index]}` ? cells[index] : cell))).toEqual(
          cells,
        );
      }),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1+1', '＠SUM(A1)'])(
    'is never a formula: %j',
    (text) => {
      const [read] = parse(csvRecord([text, 'x']), { record_delimiter: '\r\n' });
      expect(read?.[0]).toBe(`'${text}`);
    },
  );

  it('has numbers as numbers, negative ones too, and nothing for nothing', () => {
    expect(csvRecord([-5, null, 0])).toBe('-5,,0\r\n');
  });
});

describe('an answer', () => {
  it('is made page by page, and not further than it is read', async () => {
    let made = 0;
    async function* pages() {
      for (; made < 1_000; made += 1) {
        await Promise.resolve();
        yield [[`row ${made}`]];
      }
    }
    const reader = (csvResponse('x.csv', ['name'], pages()).body as ReadableStream<Uint8Array>).getReader();
    const texts = [];
    for (let read = 0; read < 3; read += 1) texts.push(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    expect(texts).toEqual(['name\r\n', 'row 0\r\n', 'row 1\r\n']);
    expect(made).toBeLessThan(10);
  });

  it('breaks off when a page cannot be read: no part passes for the whole', async () => {
    async function* pages() {
      yield [['one']];
      await Promise.reject(new Error('the database is away'));
    }
    await expect(csvResponse('x.csv', ['name'], pages()).text()).rejects.toThrow('away');
  });
});

describe('a period', () => {
  it.each([
    [{ from: 'yesterday', to: '2026-01-02T00:00:00Z' }, 'from'],
    [{ from: '2026-01-01', to: '2026-01-02T00:00:00Z' }, 'from'],
    [{ from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'to'],
    [{ from: '2024-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'from'],
    [{ from: '2024-01-01T00:00:00Z' }, 'to'],
  ])('names the bound that is wrong: %j', (query, bound) => {
    expect(periodSchema.safeParse(query).error?.issues.map(({ path }) => path.join('.'))).toEqual([bound]);
  });
});
