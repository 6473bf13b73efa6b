import type { Tokens } from '../../../scripts/lib/accounts.ts';
import type { World } from '../../../scripts/scenarios/world.ts';
import { type Belongings, purchase } from './belongings.ts';
import { actingFor, joined, newOrganisation } from './organisations.ts';

/** A firm that bought, as everybody sees it who is not it. */
export interface Firm {
  belongings: Belongings;
  /** Acts for it, and did not buy. */
  colleague: Tokens;
  strangers: Record<string, Tokens>;
}
export async function newFirm(world: World): Promise<Firm> {
  const [owner, other] = await Promise.all([world.newCustomer(), world.newCustomer()]);
  const [id, otherId] = [await newOrganisation(world, owner), await newOrganisation(world, other)];
  const buyer = await joined(world, { id, owner }, 'buyer');
  const belongings = await purchase(world, await actingFor(world, owner, id));
  return {
    belongings,
    colleague: await actingFor(world, buyer, id),
    strangers: {
      'its own owner who acts for themselves': owner,
      'somebody who acts for another organisation': await actingFor(world, other, otherId),
    },
  };
}
