/** A domain name system of a test, behind `DNS_API_BASE`; everything else goes to the real network. */
export function testDomainNames(base = 'https://dns.test/dns-query') {
  const texts = new Map<string, { name: string; text: string }[]>();
  const addresses = new Map<string, string[]>();
  let status = 0;

  const answer = (url: URL): Response => {
    const name = url.searchParams.get('name') ?? '';
    const type = url.searchParams.get('type');
    const records =
      type === 'TXT'
        ? (texts.get(name) ?? []).map((each) => ({
            name: `${each.name}.`,
            type: 16,
            TTL: 300,
            data: `"${each.text}"`,
          }))
        : (addresses.get(name) ?? [])
            .filter((address) => address.includes(':') === (type === 'AAAA'))
            .map((data) => ({ name, type: type === 'AAAA' ? 28 : 1, TTL: 300, data }));
    return Response.json({ Status: status === 0 && records.length === 0 ? 3 : status, Answer: records });
  };
  const call: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    return url.href.startsWith(base) ? answer(url) : fetch(input, init);
  };
  return {
    fetch: call,
    base,
    /** Puts a TXT record beside those there are; `at`: the name a CNAME leads to. */
    put(name: string, text: string, at = name) {
      texts.set(name, [...(texts.get(name) ?? []), { name: at, text }]);
    },
    remove: (name: string) => texts.delete(name),
    setAddresses: (host: string, ...given: string[]) => addresses.set(host, given),
    /** 2: the name servers of whoever is asked for do not answer. */
    fails: (next: 0 | 2) => {
      status = next;
    },
  };
}
