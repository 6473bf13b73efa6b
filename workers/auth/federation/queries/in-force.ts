/**
 * Domains of connections as the database has them now: all of the shop's own connections, and of an organisation's those it
 * has proven. To be put into statements that name `connections c` and `connection_domains d`; `now`: the place of the time.
 */
export const domainInForce = (now: string): string => `(c.organisation_id IS NULL OR EXISTS (
  SELECT 1 FROM organisation_domains o JOIN organisations g ON g.id = o.organisation_id
  WHERE o.organisation_id = c.organisation_id AND o.domain = d.domain AND o.verified_until > ${now}
    AND g.status = 'active'))`;

/** Of `connections c`: one that signs people in. An organisation's does only while a domain of its own is proven. */
export const connectionOpen = (
  now: string,
): string => `(c.status = 'active' AND (c.organisation_id IS NULL OR EXISTS (
  SELECT 1 FROM connection_domains d WHERE d.connection_id = c.id AND ${domainInForce(now)})))`;

/**
 * The one connection that members sign in by whose address is of its domains, or who did once: everybody but the
 * organisation's owners, whose way in it must not stand in, and staff, whom no organisation signs in. `?1` account, `?2` domain,
 * `?3` now.
 */
export const DEMANDED = `SELECT c.id, c.name, c.kind FROM organisation_members m
  JOIN connections c ON c.organisation_id = m.organisation_id
  WHERE m.account_id = ?1 AND m.role <> 'owner' AND c.status = 'active' AND json_extract(c.settings, '$.enforced') = 1
    AND EXISTS (SELECT 1 FROM connection_domains d WHERE d.connection_id = c.id AND ${domainInForce('?3')}
      AND (d.domain = ?2
        OR EXISTS (SELECT 1 FROM identities i WHERE i.connection_id = c.id AND i.account_id = ?1)))
    AND NOT EXISTS (SELECT 1 FROM account_roles r WHERE r.account_id = ?1 AND r.role <> 'customer')`;
