import { isCron } from '../cron.ts';
import { perWorker, type Check } from '../deployment.ts';

/** A handler that nothing triggers never runs, and says nothing about it; a trigger without one fails each time. */
export const handlersTriggered: Check = perWorker(({ config, bundle: { handlers } }) => {
  if (handlers === null)
    return [
      ['bundle', 'its default export is no plain object: whether its handlers are triggered cannot be read'],
    ];
  const triggers = [
    { handler: 'scheduled', field: 'triggers.crons', triggered: (config.triggers.crons ?? []).length > 0 },
    { handler: 'queue', field: 'queues.consumers', triggered: (config.queues.consumers ?? []).length > 0 },
  ];
  return triggers.flatMap(({ handler, field, triggered }): [string, string][] => {
    if (triggered === handlers.includes(handler)) return [];
    return [
      [
        field,
        triggered ? `the bundle has no ${handler} handler` : `not set: nothing calls the ${handler} handler`,
      ],
    ];
  });
});

export const cronsValid: Check = perWorker(({ config }) =>
  (config.triggers.crons ?? []).flatMap((cron, index): [string, string][] =>
    isCron(cron) ? [] : [[`triggers.crons.${index}`, `${cron} is no cron expression the platform takes`]],
  ),
);
