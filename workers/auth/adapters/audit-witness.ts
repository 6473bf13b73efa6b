import type { AuditWitness, Testimony, WitnessedHead } from '#objects/audit-witness/object.ts';
import type { AuditKey } from '#shared/audit/signed-place.ts';

/** The head of the audit log, kept where whoever can write to the database cannot. */
export interface Witness {
  /** False: the head is not beyond the last one, or the key is not the one known by its id. */
  publish(head: WitnessedHead, key: AuditKey): Promise<boolean>;
  /** With the heads that were kept from a sequence number on; null: none of them. */
  testify(from?: number | null): Promise<Testimony>;
}

export function objectWitness(namespace: DurableObjectNamespace<AuditWitness>, name: string): Witness {
  const stub = () => namespace.getByName(name);
  return {
    publish: async (head, key) => stub().publish(head, key),
    testify: async (from = null) => stub().testify(from),
  };
}
