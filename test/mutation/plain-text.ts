import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/**
 * Leaves plain string literals as they are: a name of a state or an event is held by its type, everything else that is
 * written out is text for people. Templates are mutated, because keys are made of them.
 */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'plain-text', {
    shouldIgnore: (path) => {
      const { node } = path as { node?: { type?: string } };
      return node?.type === 'StringLiteral'
        ? 'Plain text is held by its type or meant for people.'
        : undefined;
    },
  }),
];
