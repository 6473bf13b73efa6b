import Argon2, { Argon2Type, Argon2Version } from '@phi-ag/argon2';
import type { Argon2id } from '../crypto/password-hasher.ts';

let loaded: Argon2 | undefined;

/** The module is loaded at the first hash: outside the runtime (the API document) it cannot be, and need not. */
async function load(): Promise<Argon2> {
  const { default: module } = await import('@phi-ag/argon2/argon2.wasm');
  return new Argon2(await WebAssembly.instantiate(module));
}

export const wasmArgon2id: Argon2id = {
  async derive(input, salt, { memoryKib, passes, lanes, hashBytes }) {
    loaded ??= await load();
    return loaded.hash(input, {
      salt,
      hashLength: hashBytes,
      timeCost: passes,
      memoryCost: memoryKib,
      parallelism: lanes,
      type: Argon2Type.Argon2id,
      version: Argon2Version.Version13,
    }).hash;
  },
};
