import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import type { TaxablePart } from '#shared/domain/pricing/price.ts';
import type { Destination, TaxMode } from '#shared/domain/pricing/priced.ts';
import type { Taxed } from '#shared/domain/pricing/tax.ts';
import type { Currency } from '#shared/money/money.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS } from '#shared/time/time.ts';

export interface TaxQuestion {
  currency: Currency;
  taxMode: TaxMode;
  destination: Destination;
  /** Amounts after discounts: the lines, and the shipping last. */
  parts: readonly TaxablePart[];
}

/** An outside service that computes taxes. */
export interface TaxService {
  /** Index-aligned with the parts; null when it has no usable answer: then the shop's own rates count. */
  taxes(call: CallContext, question: TaxQuestion): Promise<Taxed[] | null>;
}

/** A price waits for the service no longer than this. */
export const TAX_SERVICE_TIMEOUT_MS = 2 * SECOND_MS;
const TAXES_MAX = 20;

const answerSchema = z.object({
  parts: z.array(
    z.object({
      taxes: z
        .array(
          z.object({
            name: z.string().min(1).max(100),
            ratePpm: z.int().min(0).max(10_000_000),
            amount: z.int().min(0),
          }),
        )
        .max(TAXES_MAX),
    }),
  ),
});

/**
 * A service behind `POST <base>/taxes`: it gets the question as JSON, amounts in minor units, and answers
 * `{parts: [{taxes: [{name, ratePpm, amount}]}]}` in the same order. Whatever is late, unreadable or more than the amount
 * it is contained in is no answer.
 */
export function httpTaxService(options: { base: string; apiKey: string; timeoutMs?: number }): TaxService {
  return {
    async taxes({ requestId }, question) {
      try {
        const response = await fetch(`${options.base}/taxes`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${options.apiKey}`,
            'x-request-id': requestId,
          },
          body: JSON.stringify(question),
          redirect: 'manual',
          signal: AbortSignal.timeout(options.timeoutMs ?? TAX_SERVICE_TIMEOUT_MS),
        });
        if (!response.ok) throw new Error(`the tax service answered ${response.status}`);
        return taxedBy(answerSchema.parse(await response.json()), question);
      } catch (error) {
        log.warn('tax service passed over', { requestId, error });
        return null;
      }
    },
  };
}

function taxedBy({ parts }: z.infer<typeof answerSchema>, question: TaxQuestion): Taxed[] {
  const included = question.taxMode === 'inclusive';
  if (parts.length !== question.parts.length) throw new Error('the tax service left parts out');
  return parts.map(({ taxes }, index) => {
    const amount = question.parts[index]?.amount ?? 0;
    const due = taxes.reduce((sum, tax) => sum + tax.amount, 0);
    if (included && due > amount) throw new Error('the tax service found more tax than there is money');
    if (!Number.isSafeInteger(amount + due)) throw new Error('the tax service found too much tax');
    return {
      taxes: taxes.map((tax) => ({ ...tax, included })),
      total: included ? amount : amount + due,
    };
  });
}
