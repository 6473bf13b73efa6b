import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';

const read = (text: string) => readCsv(new TextEncoder().encode(text));

describe('a CSV file is read record by record', () => {
  it('knows byte order marks, CRLF, quoted line ends and doubled quotes', () => {
    const file = read('\uFEFFa,b\r\n1,"x\r\n""y"""\r\n\r\n3,4');
    expect(file?.header.fields).toEqual(['a', 'b']);
    expect(file?.records.map((record) => [record.row, record.fields])).toEqual([
      [2, ['1', 'x\r\n"y"']],
      [3, ['3', '4']],
    ]);
    expect(file?.breaks).toEqual([]);
  });

  it.each([
    ['text after a closing quote', '3,"x"y'],
    ['a quote in the middle of a cell', '3,x"y'],
    ['a quote that is never closed', '3,"x'],
    ['too many cells', '3,4,5'],
    ['too few cells', '3'],
  ])('names the row with %s and goes on after it', (_name, broken) => {
    const file = read(`a,b\n1,2\n${broken}\n5,6\n7,"8"\n`);
    expect(file?.breaks.map((each) => [each.row, each.line])).toEqual([[3, 3]]);
    expect(file?.records.map((record) => [record.row, record.fields])).toEqual([
      [2, ['1', '2']],
      [4, ['5', '6']],
      [5, ['7', '8']],
    ]);
  });

  it('counts the lines of a broken record as one break', () => {
    const file = read('a,b\n1,"open\nmore\nlast"x\n5,6\n');
    expect(file?.breaks.map((each) => [each.row, each.line])).toEqual([[2, 2]]);
    expect(file?.records.map((record) => record.fields)).toEqual([['5', '6']]);
  });

  it('gives up on a file that is broken everywhere, since each break costs a second look', () => {
    const file = read(`a,b\n${'1,2\n3,"x"y\n'.repeat(60)}`);
    expect(file?.breaks.at(-1)?.detail).toContain('more than 50 places');
    expect(file?.records.length).toBe(51);
  });

  it.each([[''], ['\n\n'], ['a,"b\n1,2']])('has nothing to say about %j', (text) => {
    expect(read(text)).toBeNull();
  });

  it('reads back whatever was written by the rules', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', 'ü', ' ', '𝄞') });
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), fc.boolean(), (rows, isDos) => {
        const end = isDos ? '\r\n' : '\n';
        const lines = [['h1', 'h2', 'h3'], ...rows].map((cells) =>
          cells.map((each) => `"${each.replaceAll('"', '""')}"`).join(','),
        );
        const file = read(lines.join(end));
        expect(file?.breaks).toEqual([]);
        expect(file?.records.map((record) => record.fields)).toEqual(rows);
      }),
    );
  });
});
