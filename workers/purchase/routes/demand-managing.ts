import type { Actor } from '#shared/auth/access-token.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import { Problem } from '#shared/http/problems.ts';

const MANAGES: Permission = 'instances.manage';

/** Who may order for an owner does not by that change what is owned. Throws 403. */
export function demandManaging(actor: Actor): void {
  if (may(actor, MANAGES)) return;
  throw new Problem({ slug: 'forbidden', detail: `Needs the permission ${MANAGES} as well.` });
}
