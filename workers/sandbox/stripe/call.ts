import type { FormTree } from './form.ts';
import type { OperationName } from './operations/index.ts';

/** One HTTP request to the API, read but not judged. */
export interface ApiCall {
  operation: OperationName;
  /** The id in the path; empty when it has none. */
  id: string;
  params: FormTree;
  /** A secret key may do everything; a publishable one may read and confirm the payment whose client secret it has. */
  key: 'secret' | 'publishable';
  idempotencyKey: string | null;
  /** Method and path, part of what an idempotency key stands for. */
  target: string;
}
export interface ApiAnswer {
  status: number;
  /** JSON. */
  body: string;
  headers: Record<string, string>;
}
