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
 * The one connection that members with addresses of its domains sign in by: everybody but the organisation's owners, whose
 * way in it must not stand in, and staff, whom no organisation signs in. `?1` account, `?2` domain, `?3` now.
 */
export const DEMANDED = `SELECT c.id, c.name, c.kind FROM connection_domains d JOIN connections c ON c.id = d.connection_id
  JOIN organisation_members m ON m.organisation_id = c.organisation_id AND m.account_id = ?1 AND m.role <> 'owner'
  WHERE d.domain = ?2 AND c.organisation_id IS NOT NULL AND c.status = 'active'
    AND json_extract(c.settings, '$.enforced') = 1 AND ${domainInForce('?3')}
    AND NOT EXISTS (SELECT 1 FROM account_roles r WHERE r.account_id = ?1 AND r.role <> 'customer')`;
