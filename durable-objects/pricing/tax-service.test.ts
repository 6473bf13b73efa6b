import { afterEach, describe, expect, it, vi } from 'vitest';
import { httpTaxService, type TaxQuestion } from './tax-service.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const call = { requestId: 'request-of-the-test' };
const question = (values: Partial<TaxQuestion> = {}): TaxQuestion => ({
  currency: 'USD',
  taxMode: 'exclusive',
  destination: { country: 'US', region: 'CA' },
  parts: [
    { amount: 1_000, taxClass: 'standard' },
    { amount: 500, taxClass: 'books' },
  ],
  ...values,
});
const service = httpTaxService({ base: 'https://tax.test', apiKey: 'key', timeoutMs: 50 });
const tax = (amount: number) => ({ taxes: [{ name: 'State', ratePpm: 72_500, amount }] });

/** What the outside service answers, and what it was asked. */
function answering(answer: () => Promise<Response>): Request[] {
  const asked: Request[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    asked.push(new Request(input, init));
    return answer();
  });
  return asked;
}

describe('an outside tax service', () => {
  it('is asked with amounts after discounts and believed when it fits', async () => {
    const asked = answering(async () => Response.json({ parts: [tax(73), tax(36)] }));
    expect(await service.taxes(call, question())).toEqual([
      { taxes: [{ name: 'State', ratePpm: 72_500, amount: 73, included: false }], total: 1_073 },
      { taxes: [{ name: 'State', ratePpm: 72_500, amount: 36, included: false }], total: 536 },
    ]);
    expect(asked[0]?.url).toBe('https://tax.test/taxes');
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer key');
    expect(await asked[0]?.json()).toEqual(question());
  });

  it('leaves an inclusive price as it is', async () => {
    answering(async () => Response.json({ parts: [tax(68), tax(34)] }));
    const taxed = await service.taxes(call, question({ taxMode: 'inclusive' }));
    expect(taxed?.map(({ total }) => total)).toEqual([1_000, 500]);
  });

  it.each([
    ['is away', async () => Promise.reject(new Error('away'))],
    ['fails', async () => new Response(null, { status: 503 })],
    ['answers no JSON', async () => new Response('<html>')],
    ['leaves a part out', async () => Response.json({ parts: [tax(73)] })],
    ['answers a fraction', async () => Response.json({ parts: [tax(0.5), tax(1)] })],
    ['answers less than nothing', async () => Response.json({ parts: [tax(-1), tax(1)] })],
  ])(
    'is passed over when it %s, because no order waits for it',
    async (_what, answer: () => Promise<Response>) => {
      answering(answer);
      expect(await service.taxes(call, question())).toBeNull();
    },
  );

  it('is passed over when it finds more tax in a price than there is money', async () => {
    answering(async () => Response.json({ parts: [tax(1_001), tax(1)] }));
    expect(await service.taxes(call, question({ taxMode: 'inclusive' }))).toBeNull();
  });

  it('is passed over when it does not answer in time', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('too late')));
        }),
    );
    expect(await service.taxes(call, question())).toBeNull();
  });
});
