/**
 * Stand-in for the other workers that keep data about persons (`DataSubjectService`), at the service-binding boundary. Keeps
 * what a test puts there, two things a page; faults are planned per person.
 */
export const FAKE_SUBJECT = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const kept = new Map();
  const obstacles = new Map();
  const faults = new Map();
  export class DataSubjectRpc extends WorkerEntrypoint {
    put(customerId, items) { kept.set(customerId, items); }
    left(customerId) { return kept.get(customerId) ?? []; }
    obstruct(customerId, found) { obstacles.set(customerId, found); }
    /** The next calls about this person fail. */
    failNext(customerId, times) { faults.set(customerId, times); }
    #stumble(customerId) {
      const left = faults.get(customerId) ?? 0;
      if (left === 0) return;
      faults.set(customerId, left - 1);
      throw new Error('the service is away');
    }
    exportPage(call, { customerId, cursor }) {
      this.#stumble(customerId);
      const from = Number(cursor ?? 0);
      const items = this.left(customerId);
      const next = from + 2 < items.length ? String(from + 2) : null;
      return { items: items.slice(from, from + 2).map((data) => ({ section: 'things', data })), next };
    }
    obstacles(call, { customerId }) { return { obstacles: obstacles.get(customerId) ?? [] }; }
    eraseStep(call, { customerId }) {
      this.#stumble(customerId);
      const items = this.left(customerId);
      const gone = items.splice(0, 2);
      return {
        next: items.length === 0 ? null : String(items.length),
        erased: gone.length === 0 ? {} : { things: gone.length },
        kept: [{ section: 'invoices', because: 'tax_law' }],
      };
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;

/** What a test may do to it beside the contract. */
export interface FakeSubject {
  put(customerId: string, items: unknown[]): Promise<void>;
  left(customerId: string): Promise<unknown[]>;
  obstruct(customerId: string, found: { code: string; subject: string }[]): Promise<void>;
  failNext(customerId: string, times: number): Promise<void>;
}
