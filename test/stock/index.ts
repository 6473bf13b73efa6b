import { DurableObject } from 'cloudflare:workers';
import type { StockEnv } from '#objects/stock/object.ts';
import { buy, type Ending, type Habit, openShop, type Shop } from '#objects/stock/testing/buyers.ts';

export { Stock } from '#objects/stock/object.ts';

/** Orders are told that units have come; nobody here waits for any. */
export class Order extends DurableObject {
  async stockAllocated() {
    return true;
  }
}

/** The real Stock objects in the real runtime, and buyers beside them: see scripts/prove-stock.ts. */
export default {
  async fetch(request, env) {
    const { sku, shards, units, habits } = await request.json<{
      sku: string;
      shards: number;
      units?: number;
      habits?: Habit[];
    }>();
    const shop: Shop = { stock: env.STOCK, sku, shards };
    if (units !== undefined) await openShop(shop, units);
    const endings: Ending[] = await Promise.all((habits ?? []).map((habit) => buy(shop, habit)));
    return Response.json({
      endings,
      level: await env.STOCK.getByName(sku).level({ requestId: 'prove-stock' }),
    });
  },
} satisfies ExportedHandler<StockEnv>;
