import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { idBeside } from '#shared/ids/shard.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';

/** The same question is the same operation. It lies where its instance does. */
export const operationId = (parts: readonly string[], instanceId: string): string =>
  idBeside(`${ID_PREFIXES.lifecycleOperation}_${sha256Hex(JSON.stringify(parts)).slice(0, 32)}`, instanceId);

/** The operation that brings the plan a renewal was ordered with, once its term begins. */
export const planAfter = ({ handle, instanceId }: LifecycleRow): string =>
  operationId([handle ?? '', 'plan'], instanceId);
