import type { InstanceUseFace } from '#objects/instance-use/face.ts';
import { callObject, type ObjectNamespace } from '#objects/lib/namespace.ts';

/** Calls the object that counts who uses an instance. Every method of it is safe to repeat. */
export interface InstanceUses {
  call<Value>(instanceId: string, work: (use: InstanceUseFace) => Promise<Value>): Promise<Value>;
}

export const instanceUses = (namespace: ObjectNamespace<InstanceUseFace>): InstanceUses => ({
  call: (instanceId, work) => callObject(namespace, instanceId, work),
});
