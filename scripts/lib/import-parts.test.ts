import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../workers/catalogue/importing/csv.ts';
import { csvParts, jsonlParts } from './import-parts.ts';
import { ROOT } from './workers.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const handles = (part: Uint8Array): (string | undefined)[] =>
  readCsv(part)?.records.map((record) => record.fields[0]) ?? [];

describe('a large file is sent in parts', () => {
  it('keeps all rows of a product in one part, wherever they stand, and knows their rows in the file', () => {
    const rows = Array.from({ length: 4000 }, (_, n) => `p${n % 2000},T,1`);
    const parts = csvParts(bytes(['Handle,Title,Variant Price', ...rows].join('\r\n')));
    expect(parts.length).toBe(3);
    const seen = new Set<string>();
    for (const part of parts) {
      const own = new Set(handles(part.body));
      for (const handle of own) expect(seen.has(handle ?? '')).toBe(false);
      for (const handle of own) seen.add(handle ?? '');
      expect(part.rows.length).toBe(handles(part.body).length);
    }
    expect(parts[0]?.rows.slice(0, 2)).toEqual([2, 2002]);
    expect(parts.flatMap((part) => part.rows).sort((a, b) => a - b)).toEqual(rows.map((_, n) => n + 2));
  });

  it('sends a small file as it is, byte for byte but for its mark', () => {
    const file = new Uint8Array(readFileSync(path.join(ROOT, 'test/fixtures/shopify-products.csv')));
    const [part, ...others] = csvParts(file);
    expect(others).toEqual([]);
    expect(part?.body).toEqual(file.subarray(3));
  });

  it('leaves a broken row with the row before it, for the server to refuse', () => {
    const [part] = csvParts(bytes('Handle,Title,Variant Price\na,T,1\nb,"x"y,1\nc,T,1\n'));
    expect(new TextDecoder().decode(part?.body)).toContain('b,"x"y,1');
    expect(part?.rows).toEqual([2, 3, 4]);
  });

  it('sends a file without a usable header whole, for the server to say what is missing', () => {
    expect(csvParts(bytes('Handle,Title\na,b\n')).map((part) => part.body.length)).toEqual([17]);
  });

  it('splits our own format between lines', () => {
    const parts = jsonlParts(bytes(Array.from({ length: 4000 }, () => '{}').join('\n')));
    expect(parts.map((part) => part.rows.length)).toEqual([1900, 1900, 200]);
    expect(parts[1]?.rows[0]).toBe(1901);
  });
});
