import { ownDoor, ownUndo, stepOutputPlace, type Connector } from './connector.ts';

/** Refuses to sell what is not there. */
export const checkFile: Connector<'download.check'> = {
  async run({ ports, instance, step, input }) {
    const file = await ports.files.stat(input.objectKey);
    if (file === null) {
      return {
        kind: 'refused',
        failure: { code: 'file_missing', text: 'The file is not available at the moment.' },
      };
    }
    const key = { instanceId: instance.id, step: step.name };
    const output = await ports.sealer.seal({ bytes: file.bytes }, stepOutputPlace(key));
    await ports.stores.ofInstance(instance.id).steps.finish(key, output, ports.clock.now());
    return { kind: 'done' };
  },
  ...ownUndo(() => Promise.resolve()),
  ...ownDoor,
};

/** Grants the downloads; closing the entitlement also ends links that are still fresh. */
export const entitleDownload: Connector<'download.entitle'> = {
  async run({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const output = await ports.sealer.seal({ downloadsMax: input.downloadsMax }, stepOutputPlace(key));
    await ports.stores.ofInstance(instance.id).downloads.entitle(key, input, output, ports.clock.now());
    return { kind: 'done' };
  },
  ...ownUndo((ports, key) =>
    ports.stores.ofInstance(key.instanceId).downloads.close(key.instanceId, ports.clock.now()),
  ),
  ...ownDoor,
};
