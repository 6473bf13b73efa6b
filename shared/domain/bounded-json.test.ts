import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from './bounded-json.ts';

const BOUNDS = { depthMax: 3, bytesMax: 100 };
const faultOf = (json: string): ReturnType<typeof jsonFault> => jsonFault(JSON.parse(json), BOUNDS);

describe('the bounds of a JSON value', () => {
  it('count levels and the bytes it takes when it is serialised again', () => {
    expect(faultOf('{"a":{"b":[1]}}')).toBeNull();
    expect(faultOf('{"a":{"b":[[]]}}')?.path).toEqual([]);
    expect(faultOf(`[${'1e20,'.repeat(3)}1e20]`)).toBeNull();
    expect(faultOf(`[${'1e20,'.repeat(4)}1e20]`)?.detail).toContain('111 bytes');
    expect(faultOf(`"${'é'.repeat(50)}"`)?.detail).toContain('102 bytes');
  });

  it('hold for any depth, because a stack that overflows is a fault of ours', () => {
    expect(faultOf(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)?.detail).toContain('deeper');
  });

  it('know no name that copying would drop', () => {
    expect(faultOf('{"a":[{"__proto__":1}]}')?.path).toEqual(['a', 0, '__proto__']);
    expect(faultOf('{"proto":"__proto__"}')).toBeNull();
  });

  it('know no text with half a surrogate pair, because no address and no UTF-8 can hold it', () => {
    expect(faultOf(String.raw`{"a":["x","\ud800"]}`)).toEqual({
      path: ['a', 1],
      detail: 'is not well-formed Unicode',
    });
    expect(faultOf(String.raw`{"a":{"\udfff":1}}`)?.path).toEqual(['a']);
    expect(faultOf(String.raw`{"\ud83d\ude00":"\ud83d\ude00"}`)).toBeNull();
  });

  it('let through exactly what stays within them', () => {
    const depthOf = (value: unknown): number =>
      value === null || typeof value !== 'object'
        ? 0
        : 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner)));
    assert(
      property(jsonValue({ maxDepth: 5 }), (value) => {
        const json = JSON.stringify(value);
        const fits = depthOf(value) <= 3 && new TextEncoder().encode(json).length <= 100;
        expect(faultOf(json) === null).toBe(fits && !json.includes('"__proto__":'));
      }),
    );
  });
});
