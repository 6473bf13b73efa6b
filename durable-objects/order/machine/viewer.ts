export interface Viewer {
  /** The customer sees the client secret, an operator the technical cause. */
  as: 'customer' | 'operator';
  /** Of an operator: it is his own order, which he pays like any customer. */
  isOwn?: boolean;
}

/** Whose payment it is. */
export const isPayer = ({ as, isOwn = false }: Viewer): boolean => as === 'customer' || isOwn;
