/** A step of the order in words the customer can read. */
export interface Note {
  type: string;
  text: string;
  lineId: string | null;
  /** Further facts for machines, in the API's own form. */
  data?: Record<string, unknown>;
  /** For staff alone. */
  internal?: boolean;
}

export const note = (type: string, text: string, lineId: string | null = null): Note => ({
  type,
  text,
  lineId,
});
