import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { OrderDirectoryFace } from '#objects/order-directory/face.ts';
import type { Caller, Network } from '../kernel/network.ts';

/** The directory of orders, all shards in one: what it was told it keeps. */
export class Directory {
  readonly known = new Set<string>();
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  seenBy(self: Caller): ObjectNamespace<OrderDirectoryFace> {
    const ask = <Answer>(act: () => Answer): Promise<Answer> => this.#network.call(self, 'directory', act);
    const all = (): string[] => [...this.known].sort();
    const face: OrderDirectoryFace = {
      register: (_, { id }) => ask(() => void this.known.add(id)),
      page: (_, { after, limit }) =>
        ask(() =>
          all()
            .filter((id) => id > (after ?? ''))
            .slice(0, limit),
        ),
      walk: (_, { limit }) => ask(() => all().slice(0, limit)),
    };
    return { getByName: () => face };
  }
}
