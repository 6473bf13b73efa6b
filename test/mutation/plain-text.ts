/**
 * A plugin of Stryker that leaves plain string literals as they are: a name of a state or an event is held by its type,
 * everything else that is written out is text for people. Templates are mutated, because keys are made of them.
 */
export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'plain-text',
    value: {
      shouldIgnore: ({ node }: { node?: { type?: string } }): string | undefined =>
        node?.type === 'StringLiteral' ? 'Plain text is held by its type or meant for people.' : undefined,
    },
  },
];
