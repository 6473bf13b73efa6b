import { type KeyRing, keyRing } from './key-ring.ts';

/** A secret of the worker, or a binding that fetches it: the platform's Secrets Store, or a service that speaks like it. */
export type KeyBinding = string | { get(): Promise<string> };

/**
 * The ring of a binding. A service whose root key never leaves its hardware answers `get` with the working keys it has
 * unwrapped (docs/decisions/0024-keys-behind-a-port.md). Fails when it cannot be had: then nothing is served.
 */
export async function fetchKeyRing(name: string, binding: KeyBinding): Promise<KeyRing> {
  return keyRing(name, typeof binding === 'string' ? binding : await binding.get());
}
