import { buyerName } from '#shared/domain/customer.ts';
import type { Env } from '../env.ts';
import { type Ports, ports } from '../ports.ts';
import { type Persons, personQueries } from '../queries/persons.ts';

export type PersonPorts = Pick<Ports, 'order' | 'buyer' | 'cart' | 'endpoint' | 'endpoints'> & {
  persons: Persons;
};

export const personPorts = (env: Env): PersonPorts => ({
  ...ports(env),
  persons: personQueries({ orders: env.ORDERS_DB, commerce: env.COMMERCE_DB }),
});

/** What the person is known by as a buyer: for themselves, and for each organisation they ordered for. */
export async function buyerNames({ persons }: PersonPorts, personId: string): Promise<string[]> {
  const organisations = await persons.organisations(personId);
  return [null, ...organisations].map((organisationId) => buyerName({ personId, organisationId }));
}
