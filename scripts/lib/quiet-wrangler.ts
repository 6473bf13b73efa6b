// Imported before wrangler: its hints about missing `.dev.vars` do not apply where settings are given directly.
process.env.WRANGLER_LOG ??= 'error';
process.env.WRANGLER_SEND_METRICS ??= 'false';
