import { Hono } from 'hono';

const bodies = new Map<string, string>();
const app = new Hono();
app.put('/:name', async (c) => {
  bodies.set(c.req.param('name'), await c.req.text());
  return c.body(null, 204);
});
app.get('/:name', (c) =>
  c.body(bodies.get(c.req.param('name')) ?? '', 200, { 'content-type': 'application/json' }),
);

export default app;
