import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fulfilmentSchema } from '#shared/domain/product.ts';
import { deliverySchema } from '#shared/contracts/http/instances.ts';
import { isSatisfiable, partOf } from './adapters/files.ts';
import { sealer } from './adapters/sealer.ts';
import { formatLicenceKey, isLicenceKey, LICENCE_KEY_BYTES } from './connectors/licence-keys.ts';
import { attachment, parseRange } from './http-range.ts';
import { statesBefore, TRANSITIONS, type InstanceState } from './instance-states.ts';
import { presentDelivery, storedDeliverySchema } from './templates/delivery.ts';
import { undoWorkflowId } from './workflows/params.ts';

const keyBytes = fc.uint8Array({ minLength: LICENCE_KEY_BYTES, maxLength: LICENCE_KEY_BYTES });

describe('licence keys', () => {
  it('are five groups of five, well-formed however they are typed', () => {
    fc.assert(
      fc.property(keyBytes, (bytes) => {
        const key = formatLicenceKey(bytes);
        expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{4}[0-9A-HJKMNP-Z*~$=]$/);
        expect(isLicenceKey(key)).toBe(true);
        expect(isLicenceKey(key.toLowerCase().replaceAll('-', '').replaceAll('0', 'o'))).toBe(true);
      }),
    );
  });

  it('with one wrong symbol or two swapped neighbours are not', () => {
    const symbols = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]$/);
    fc.assert(
      fc.property(keyBytes, fc.nat(22), symbols, (bytes, at, symbol) => {
        const key = formatLicenceKey(bytes).replaceAll('-', '');
        const wrong = key.slice(0, at) + symbol + key.slice(at + 1);
        expect(isLicenceKey(wrong)).toBe(wrong === key);
        const swapped = key.slice(0, at) + key.charAt(at + 1) + key.charAt(at) + key.slice(at + 2);
        expect(isLicenceKey(swapped)).toBe(swapped === key);
      }),
    );
  });

  it.each(['', 'AAAAA', 'U'.repeat(25), `${'0'.repeat(25)}0`])('are not %s', (typed) => {
    expect(isLicenceKey(typed)).toBe(false);
  });
});

describe('sealed values', () => {
  const place = { table: 'instances', row: 'ins_1', field: 'sealed_delivery' };
  const old = 'k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
  const next = 'k2:HxwdHhsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=';

  it('open as they were, in their own place only', async () => {
    const sealed = await sealer(old).seal({ keys: ['A'] }, place);

    expect(await sealer(old).open(sealed, place)).toEqual({ keys: ['A'] });
    await expect(sealer(old).open(sealed, { ...place, row: 'ins_2' })).rejects.toThrow('another place');
    await expect(sealer(old).open(sealed, { ...place, field: 'sealed_address' })).rejects.toThrow(
      'another place',
    );
  });

  it('never look the same twice, and tell when they were touched', async () => {
    const { seal, open } = sealer(old);
    const sealed = await seal('x', place);

    expect(await seal('x', place)).not.toBe(sealed);
    await expect(open(`${sealed.slice(0, -2)}AA`, place)).rejects.toThrow('changed');
    await expect(open('plain', place)).rejects.toThrow('not a sealed value');
  });

  it('open after the key was changed, as long as the old one is kept', async () => {
    const sealed = await sealer(old).seal('x', place);

    expect(await sealer(`${next},${old}`).open(sealed, place)).toBe('x');
    expect(await sealer(`${next},${old}`).seal('x', place)).toMatch(/^v1\.k2\./);
    await expect(sealer(next).open(sealed, place)).rejects.toThrow('a key we do not hold');
  });

  it('are known again by marks, each in its own place, also after the key was changed', async () => {
    const [mark = ''] = await sealer(old).marks(['secret'], place);

    expect(await sealer(old).marks(['secret'], place)).toEqual([mark]);
    expect(await sealer(old).marks(['other'], place)).not.toContain(mark);
    expect(await sealer(old).marks(['secret'], { ...place, row: 'ins_2' })).not.toContain(mark);
    const [first, ...before] = await sealer(`${next},${old}`).marks(['secret'], place);
    expect(first).not.toBe(mark);
    expect(before).toEqual([mark]);
  });

  it.each(['', 'short', 'k1:AAAA', 'k 1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='])(
    'need a key of 32 bytes, not %j',
    (keys) => {
      expect(() => sealer(keys)).toThrow('CREDENTIALS_KEY must be');
    },
  );
});

describe('the life of an instance', () => {
  const states = Object.keys(TRANSITIONS) as InstanceState[];

  it('reaches every state from the first, and from every state the last', () => {
    const reachable = (from: InstanceState): Set<InstanceState> => {
      const seen = new Set<InstanceState>([from]);
      for (const state of seen) for (const to of TRANSITIONS[state]) seen.add(to);
      return seen;
    };
    expect([...reachable('provisioning')].toSorted()).toEqual(states.toSorted());
    for (const state of states) expect(reachable(state)).toContain('undone');
  });

  it('reads the same backwards', () => {
    for (const to of states) {
      for (const from of states) {
        expect(statesBefore(to).includes(from)).toBe((TRANSITIONS[from] as readonly string[]).includes(to));
      }
    }
  });
});

describe('byte ranges', () => {
  it('name the bytes a reader of RFC 9110 expects', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(60), fc.nat(60), (size, first, last) => {
        const bytes = Array.from({ length: size }, (_, index) => index);
        const read = (header: string): number[] => {
          const range = parseRange(header);
          if (range === null) return bytes;
          if (!isSatisfiable(range, size)) return [];
          const { offset, length } = partOf(range, size);
          return bytes.slice(offset, offset + length);
        };
        expect(read(`bytes=${first}-${last}`)).toEqual(last < first ? bytes : bytes.slice(first, last + 1));
        expect(read(`bytes=${first}-`)).toEqual(bytes.slice(first));
        expect(read(`bytes=-${last}`)).toEqual(last === 0 ? [] : bytes.slice(-last));
      }),
    );
  });
});

describe('Content-Disposition', () => {
  it('can be sent as a header whatever the file is called, and keeps the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const header = attachment(name);
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        expect(header.match(/"/g)).toHaveLength(2);
        expect(decodeURIComponent(/UTF-8''(.*)$/.exec(header)?.[1] ?? '')).toBe(name.toWellFormed());
      }),
    );
  });
});

describe('a delivery', () => {
  it('is shown as the API promises, with validity from activation', () => {
    const stored = storedDeliverySchema.parse({
      type: 'licence-key',
      keys: ['A'],
      activationsMax: 2,
      validDays: 1,
    });
    const shown = presentDelivery(stored, {
      activatedAt: Date.parse('2026-01-01T00:00:00Z'),
      endsAt: null,
      downloadsLeft: 0,
    });

    expect(deliverySchema.parse(shown)).toMatchObject({ expiresAt: '2026-01-02T00:00:00.000Z' });
  });

  it('keeps the partner’s own expiry of a service, in UTC', () => {
    const stored = storedDeliverySchema.parse({
      type: 'partner-service',
      accessUrl: 'https://vm.test',
      username: 'a',
      password: 'b',
      expiresAt: '2026-06-01T02:00:00+02:00',
      validDays: 1,
    });
    const shown = presentDelivery(stored, { activatedAt: 0, downloadsLeft: 0, endsAt: null });

    expect(deliverySchema.parse(shown)).toMatchObject({ expiresAt: '2026-06-01T00:00:00.000Z' });
  });
});

describe('ids of undoing Workflows', () => {
  it('differ by round and always fit', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9-]{1,100}$/),
        fc.integer({ min: 1, max: 50 }),
        (workflowId, round) => {
          const undo = { instanceId: `ins_${'0'.repeat(32)}`, workflowId };
          const id = undoWorkflowId({ ...undo, round });
          expect(id.length).toBeLessThanOrEqual(100);
          expect(id).not.toBe(undoWorkflowId({ ...undo, round: round + 1 }));
        },
      ),
    );
  });

  it('is the Workflow’s own with `-undo`', () => {
    expect(undoWorkflowId({ instanceId: 'ins_1', workflowId: 'provision-line_1', round: 1 })).toBe(
      'provision-line_1-undo',
    );
  });
});

it('every kind of fulfilment has a schema the tests know', () => {
  expect(fulfilmentSchema.options.map(({ shape }) => shape.template.value).toSorted()).toEqual([
    'custom',
    'download',
    'gift-card',
    'licence-key',
    'parcel',
    'partner-service',
  ]);
});
