import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_BEGINNING, type CsvBreak, type CsvPlace, type CsvRecord, readCsvWindow } from './csv.ts';

/** Reads a text through windows of `size` bytes, larger where one holds no whole record. */
function read(text: string, size = Number.POSITIVE_INFINITY) {
  const bytes = new TextEncoder().encode(text);
  const records: CsvRecord[] = [];
  const breaks: CsvBreak[] = [];
  let place: CsvPlace = CSV_BEGINNING;
  let wanted = size;
  for (let at = 0; at < bytes.length;) {
    const isLast = at + wanted >= bytes.length;
    const window = readCsvWindow(bytes.subarray(at, at + wanted), place, isLast);
    if (window.used === 0 && !isLast) {
      wanted *= 2;
      continue;
    }
    records.push(...window.records);
    breaks.push(...window.breaks);
    place = window.next;
    at += window.used;
    wanted = size;
    if (isLast && window.used === 0) break;
  }
  return {
    rows: records.map((record) => [record.row, record.fields]),
    breaks: breaks.map((each) => [each.row, each.line]),
    details: breaks.map((each) => each.detail),
  };
}

describe('a CSV file is read record by record', () => {
  it('knows CRLF, quoted line ends and doubled quotes', () => {
    const file = read('a,b\r\n1,"x\r\n""y"""\r\n\r\n3,4');
    expect(file.rows).toEqual([
      [1, ['a', 'b']],
      [2, ['1', 'x\r\n"y"']],
      [3, ['3', '4']],
    ]);
    expect(file.breaks).toEqual([]);
  });

  it.each([
    ['text after a closing quote', '3,"x"y'],
    ['a quote in the middle of a cell', '3,x"y'],
    ['a quote that is never closed', '3,"x'],
    ['too many cells', '3,4,5'],
    ['too few cells', '3'],
  ])('names the row with %s and goes on after it', (_name, broken) => {
    const file = read(`a,b\n1,2\n${broken}\n5,6\n7,"8"\n`);
    expect(file.breaks).toEqual([[3, 3]]);
    expect(file.rows.slice(1)).toEqual([
      [2, ['1', '2']],
      [4, ['5', '6']],
      [5, ['7', '8']],
    ]);
  });

  it('counts the lines of a broken record as one break', () => {
    const file = read('a,b\n1,"open\nmore\nlast"x\n5,6\n');
    expect(file.breaks).toEqual([[2, 2]]);
    expect(file.rows.slice(1)).toEqual([[3, ['5', '6']]]);
  });

  it('reads a file that is broken everywhere to its end', () => {
    const file = read(`a,b\n${'1,2\n3,"x"y\n'.repeat(60)}`, 400);
    expect([file.rows.length, file.breaks.length]).toEqual([61, 60]);
  });

  it('says the same through windows of any size, because where one ends is an accident', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', 'ü', ' ', '𝄞') });
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 60 }),
        (rows, isDos, size) => {
          const end = isDos ? '\r\n' : '\n';
          const lines = [['h1', 'h2', 'h3'], ...rows].map((cells) =>
            cells.map((each) => `"${each.replaceAll('"', '""')}"`).join(','),
          );
          const whole = read(lines.join(end));
          expect(whole.rows.slice(1).map(([, fields]) => fields)).toEqual(rows);
          expect(read(lines.join(end), size)).toEqual(whole);
        },
      ),
    );
  });

  it('says the same of broken lines through windows of any size', () => {
    const line = fc.constantFrom('1,2', '3,"x"y', 'x"y', '4', '"a\nb",5', '');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 40 }), (lines, size) => {
        const text = ['a,b', ...lines, '8,9'].join('\n');
        expect(read(text, size)).toEqual(read(text));
      }),
    );
  });
});
