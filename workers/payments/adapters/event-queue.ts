/** A queue as the use cases see it. At most 100 messages a call, the platform's limit of a batch. */
export const sendingTo = <Message>(
  queue: Queue<Message>,
): { send(messages: readonly Message[]): Promise<void> } => ({
  async send(messages) {
    const [only] = messages;
    if (messages.length === 1 && only !== undefined) await queue.send(only);
    else if (messages.length > 0) await queue.sendBatch(messages.map((body) => ({ body })));
  },
});
