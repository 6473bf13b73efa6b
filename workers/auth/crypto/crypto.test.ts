import { describe, expect, it } from 'vitest';
import { wasmArgon2id } from '../adapters/argon2.ts';
import { networkOf } from '../address.ts';
import { emailIndex } from './email-index.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { passwordHasher } from './password-hasher.ts';
import { newRefreshToken, parseRefreshToken, successorOf } from './refresh-token.ts';
import { fieldCipher, openWithToken, sealForToken } from '#shared/crypto/sealing.ts';

const secret = (byte: number): string => btoa(String.fromCharCode(...new Uint8Array(32).fill(byte)));

describe('argon2id', () => {
  it('gives the reference answer (RFC 9106 parameters as of the reference implementation)', async () => {
    const hash = await wasmArgon2id.derive('password', new TextEncoder().encode('somesalt'), {
      memoryKib: 65_536,
      passes: 2,
      lanes: 1,
      hashBytes: 32,
    });
    const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(hex).toBe('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7');
  });
});

describe('a password hash', () => {
  const hasher = passwordHasher(wasmArgon2id, keyRing('PASSWORD_PEPPER', secret(1)));

  it('covers the whole password, whatever its alphabet and length', async () => {
    for (const [password, other] of [
      ['ключ'.repeat(40), `${'ключ'.repeat(39)}клюк`],
      ['😀'.repeat(60), `${'😀'.repeat(59)}😁`],
      ['a\u0000b and the rest of it', 'a\u0000c and the rest of it'],
    ] as const) {
      const phc = await hasher.hash(password);
      expect((await hasher.verify(password, phc)).matches).toBe(true);
      expect((await hasher.verify(other, phc)).matches).toBe(false);
    }
  });

  it('takes composed and decomposed letters for the same', async () => {
    const phc = await hasher.hash('fiancée fiancée fiancée'.normalize('NFC'));
    expect((await hasher.verify('fiancée fiancée fiancée'.normalize('NFD'), phc)).matches).toBe(true);
  });

  it('is worth nothing without its pepper, and costs one evaluation all the same', async () => {
    let evaluations = 0;
    const counted = passwordHasher(
      { derive: (...all) => ((evaluations += 1), wasmArgon2id.derive(...all)) },
      keyRing('PASSWORD_PEPPER', secret(2)),
    );
    const phc = await hasher.hash('violet otters juggle');
    for (const stored of [phc, null, 'garbage', '$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA']) {
      expect(await counted.verify('violet otters juggle', stored)).toEqual({
        matches: false,
        outdated: false,
      });
    }
    expect(evaluations).toBe(4);
  });

  it('says when it was made under other parameters', async () => {
    const phc = await hasher.hash('violet otters juggle');
    const salt = phc.split('$')[4] ?? '';
    const weak = await wasmArgon2id.derive('x', new TextEncoder().encode('somesalt'), {
      memoryKib: 1_024,
      passes: 1,
      lanes: 1,
      hashBytes: 32,
    });
    const other = phc
      .replace('m=19456', 'm=1024')
      .replace(/[^$]+$/, btoa(String.fromCharCode(...weak)).replace('=', ''));
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=/);
    expect(salt).toHaveLength(22);
    expect((await hasher.verify('violet otters juggle', other)).outdated).toBe(true);
    expect((await hasher.verify('violet otters juggle', phc)).outdated).toBe(false);
  });
});

describe('a sealed field', () => {
  const cipher = fieldCipher(keyRing('FIELD_KEY', secret(3)));

  it('opens in its own place only, and differs each time', () => {
    const sealed = cipher.seal('alice@mail.test', 'accounts/1/email');
    expect(cipher.open(sealed, 'accounts/1/email')).toBe('alice@mail.test');
    expect(() => cipher.open(sealed, 'accounts/2/email')).toThrow(Error);
    expect(cipher.seal('alice@mail.test', 'accounts/1/email')).not.toBe(sealed);
  });

  it('shows every change of a character', () => {
    const sealed = cipher.seal('alice@mail.test', 'x');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      const opened = (() => {
        try {
          return cipher.open(changed, 'x');
        } catch {
          return null;
        }
      })();
      // The last character of base64url may hold bits that mean nothing.
      expect([null, at === sealed.length - 1 ? 'alice@mail.test' : null]).toContain(opened);
    }
  });

  it('for a token opens with that token alone', () => {
    const token = newRefreshToken();
    const sealed = sealForToken(token.text, 'successor', 'context');
    expect(openWithToken(token.text, sealed, 'context')).toBe('successor');
    expect(() => openWithToken(successorOf(token).text, sealed, 'context')).toThrow(Error);
  });
});

describe('a key ring', () => {
  it.each(['', 'short', btoa('also too short'), `${secret(1)},`, 'not base64 at all, really!'])(
    'refuses a wrong secret rather than protect nothing: %j',
    (text) => {
      expect(() => keyRing('FIELD_KEY', text)).toThrow('FIELD_KEY');
    },
  );
});

describe('an address index', () => {
  it('is the same for every spelling of an address, and another under another key', () => {
    const index = emailIndex(keyRing('FIELD_KEY', secret(4)));
    expect(index.current(' Alice@Mail.Test ')).toBe(index.current('alice@mail.test'));
    expect(index.current('alice@mail.test')).not.toBe(index.current('alicia@mail.test'));
    const other = emailIndex(keyRing('FIELD_KEY', secret(5)));
    expect(other.current('alice@mail.test')).not.toBe(index.current('alice@mail.test'));
  });
});

describe('a refresh token', () => {
  it('keeps its family and changes its secret', () => {
    const token = newRefreshToken();
    const next = successorOf(token);
    expect([next.familyHash === token.familyHash, next.secretHash === token.secretHash]).toEqual([
      true,
      false,
    ]);
    expect(parseRefreshToken(next.text)).toEqual(next);
    expect(parseRefreshToken(`${next.text}x`)).toBeNull();
  });
});

describe('a client network', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', 'unknown'],
    [undefined, 'unknown'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
