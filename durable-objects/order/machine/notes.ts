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

/** What staff did, for staff alone: with whose account. */
export const staffNote = (
  type: string,
  text: string,
  actorId: string | null | undefined,
  data: Record<string, unknown> = {},
): Note => ({ ...note(type, text), data: { by: actorId ?? null, ...data }, internal: true });
