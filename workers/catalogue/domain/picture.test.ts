import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaName, ownPicture, pictureOf } from './picture.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(
    parts.flatMap((part) =>
      typeof part === 'string' ? Array.from(part, (each) => each.codePointAt(0) ?? 0) : part,
    ),
  );
const PNG = bytes(
  [0x89],
  'PNG\r\n',
  [0x1a, 0x0a, 0, 0, 0, 13],
  'IHDR',
  [0, 0, 1, 0],
  [0, 0, 0, 9],
  [8, 6, 0, 0, 0, 0, 0, 0, 0],
);
const GIF = bytes('GIF89a', [0x2c, 1, 10, 0, 0, 0, 0]);
const JPEG = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 17, 8, 0, 50, 0, 70, 3]);
const WEBP = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0], [99, 0, 0], [49, 0, 0]);

describe('a picture', () => {
  it.each([
    ['png', PNG, 256, 9],
    ['gif', GIF, 300, 10],
    ['jpg', JPEG, 70, 50],
    ['webp', WEBP, 100, 50],
  ] as const)('%s is known by its bytes, with its size', (kind, file, width, height) => {
    expect(pictureOf(file)).toEqual({ kind, width, height });
  });

  it('is nothing that is a document or broken: no SVG, no HTML, no size of nought', () => {
    const others = ['<svg xmlns="http://www.w3.org/2000/svg"/>', '<html></html>', 'GIF89a', ''];
    for (const text of others) expect(pictureOf(bytes(text))).toBeNull();
    expect(pictureOf(bytes('GIF89a', [0, 0, 10, 0, 0, 0, 0]))).toBeNull();
  });

  it('is looked for in any bytes without failing, and its name tells what it is', () => {
    assert(
      property(uint8Array({ maxLength: 80 }), (noise) => {
        for (const start of [PNG, GIF, JPEG, WEBP]) {
          const file = new Uint8Array([...start.slice(0, noise.length % start.length), ...noise]);
          const found = pictureOf(file);
          const named = found === null ? null : ownPicture(`/v1/media/${mediaName('a'.repeat(64), found)}`);
          expect(named).toEqual(found === null ? null : { ...found, hash: 'a'.repeat(64) });
        }
      }),
    );
  });
});
