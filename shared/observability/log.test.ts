import { afterEach, describe, expect, it, vi } from 'vitest';
import { log, redact } from './log.ts';

const PAN = '4242 4242 4242 4242';
const BARE = PAN.replaceAll(' ', '');
const printed = (['log', 'warn', 'error'] as const).map((level) =>
  vi.spyOn(console, level).mockImplementation(() => undefined),
);
afterEach(() => printed.forEach((spy) => spy.mockClear()));
const lines = (): string => printed.flatMap((spy) => spy.mock.calls.map(String)).join('\n');

describe('a log line', () => {
  it.each<[string, () => void]>([
    ['in its message', () => log.info(`paid with ${PAN}`)],
    ['in a field', () => log.warn('m', { note: PAN })],
    ['deep inside', () => log.error('m', { a: [{ b: [[{ c: `x ${BARE} y` }]] }] })],
    ['typed into a box for each group', () => log.error('m', { boxes: BARE.match(/.{4}/g) })],
    ['as a number', () => log.info('m', { value: Number(BARE), big: BigInt(BARE) })],
    ['as a name', () => log.info('m', { [BARE]: 1, inner: { [PAN]: true } })],
    ['as the request id', () => log.info('m', { requestId: BARE })],
    [
      'in an error, its stack and its cause',
      () => log.error('m', { error: new Error(`declined ${BARE}`, { cause: new Error(PAN) }) }),
    ],
    ['in several lines', () => log.info('m', { text: PAN.replaceAll(' ', '\n') })],
  ])('never holds a card number %s', (_where, act) => {
    act();
    expect(lines()).not.toBe('');
    expect(lines().replaceAll(/[^0-9]/g, '')).not.toContain(BARE);
  });

  it('never holds what stands under the name of a verification code, whatever it is', () => {
    log.info('m', { cvc: '123', card: { cvv2: 987, security_code: 'x9y' } });
    expect(lines()).not.toMatch(/123|987|x9y/);
  });

  it('keeps ids, times and names that only look alike', () => {
    const fields = { orderId: 'ord_01a204ffcd787253a98e128e146b8b68', company: 'Pan Ltd', at: 1795378496123 };
    expect(redact(fields)).toEqual(fields);
  });

  it('ends when a value holds itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    log.info('m', { loop });
    expect(lines()).toContain('too deep');
  });
});
