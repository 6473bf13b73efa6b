/** The part of an address behind the last @, as domains are compared. */
export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();

/** The domain and the ones it belongs to, but for the last label. */
function* parents(domain: string): Generator<string> {
  const labels = domain.split('.');
  for (let first = 0; first < labels.length - 1; first += 1) yield labels.slice(first).join('.');
}

/** Loaded with the first order that needs it: it is large. */
let list: Promise<ReadonlySet<string>> | undefined;
async function shippedList(): Promise<ReadonlySet<string>> {
  list ??= import('mailchecker').then(({ default: checker }) => new Set(checker.blacklist()));
  return list;
}

/** Is it a domain of throw-away mailboxes? What the shop says of it, or of one it belongs to, comes before the list. */
export async function isDisposable(domain: string, own: ReadonlyMap<string, boolean>): Promise<boolean> {
  for (const name of parents(domain)) {
    const said = own.get(name);
    if (said !== undefined) return said;
  }
  const shipped = await shippedList();
  return [...parents(domain)].some((name) => shipped.has(name));
}
