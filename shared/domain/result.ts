/**
 * Outcome of a use case or RPC call as plain data, so that it crosses service bindings unchanged.
 * A refusal is a value, never an exception; an exception means a fault nobody foresaw.
 */
export type Result<Value, Failure> = { ok: true; value: Value } | { ok: false; error: Failure };

export const ok = <Value>(value: Value): { ok: true; value: Value } => ({ ok: true, value });
export const fail = <const Failure>(error: Failure): { ok: false; error: Failure } => ({ ok: false, error });

/** Marks a branch the types prove unreachable; a new case then fails to compile instead of falling through. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
