import { ownDoor, ownUndo, keepOutput, type Connector } from './connector.ts';

/** What a person does or knows: asked once, and what is answered is the step's result. */
export const humanTask: Connector<'human-task.ask'> = {
  async execute({ ports, instance, step, input, answer }) {
    if (answer === null) {
      const { of: askedOf, instructions: text, fields } = input;
      return { kind: 'action-required', question: { askedOf, code: 'task', text, fields } };
    }
    await keepOutput(ports, { instanceId: instance.id, step: step.name }, answer);
    return { kind: 'done' };
  },
  explain: ({ of, instructions }) =>
    `Asks ${of === 'customer' ? 'the customer' : 'an operator'}: ${instructions}`,
  // What a person did by hand, a person takes back: the template says so where it has no undo.
  ...ownUndo(() => Promise.resolve()),
  ...ownDoor,
};
