import type { z } from 'zod';
import { noSuch, parameterRefusal } from '../errors.ts';
import type { FormTree } from '../form.ts';
import { given, retrieveParams } from '../parameters/common.ts';
import { partListParams } from '../parameters/lists.ts';
import type { DocumentKind } from '../storage.ts';
import type { OperationContext } from './context.ts';
import { listOf } from './lists.ts';

type Run<Params> = (context: OperationContext, id: string, params: Params) => object;
export interface Prepared {
  run: (context: OperationContext) => object;
  expand: string[];
}
export type Operation = (id: string, params: FormTree) => Prepared;

/** Checks the parameters first; the result runs with what was understood. */
export function operation<Schema extends z.ZodType<{ expand?: string[] | undefined }>>(
  schema: Schema,
  run: Run<z.infer<Schema>>,
): Operation {
  return (id, params) => {
    const parsed = schema.safeParse(params, { reportInput: true });
    if (!parsed.success) throw parameterRefusal(parsed.error);
    return { run: (context) => run(context, id, parsed.data), expand: parsed.data.expand ?? [] };
  };
}

export const retrieve = (kind: DocumentKind, param: string): Operation =>
  operation(retrieveParams, (context, id) => {
    const document = context.store.get(kind, id);
    if (document === null) throw noSuch(kind, id, param);
    return document;
  });

/** Parts of a payment: by charge or by payment. */
export const partsOf = (kind: 'refund' | 'dispute' | 'radar.early_fraud_warning', url: string): Operation =>
  operation(
    partListParams,
    listOf(kind, url, ({ charge, payment_intent }) => ({ fields: given({ charge, payment_intent }) })),
  );
