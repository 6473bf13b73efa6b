import type { ImportFault } from '#shared/contracts/http/imports.ts';
import type { ProductInput } from '#shared/contracts/http/product-input.ts';

/** A product as a file states it, before anything is known of the catalogue. */
export interface Candidate {
  /** First row in the file. */
  row: number;
  handle: string;
  /** Null when it cannot be read: then `faults` says why. */
  product: StatedProduct | null;
  faults: ImportFault[];
  notes: ImportFault[];
}

/** What the file says; what it is silent about stays as it is in the catalogue, or gets its default. */
export interface StatedProduct {
  input: ProductInput;
  /** Fields of `input` that are defaults only, because the file has no column for them. */
  silent: readonly (keyof ProductInput)[];
  /** Set when the file speaks of one currency alone: prices in others stay. */
  onlyCurrency: string | null;
  /** The row that states a variant, by index, and the file's name for a field, for messages. */
  locate(pointer: string): { row: number; column: string | null };
}
