/**
 * A queue as the use cases see it. At most 100 messages a call, the platform's limit of a batch. With a delay several
 * messages about one thing find it done by the first.
 */
export const sendingTo = <Message>(
  queue: Queue<Message>,
  delaySeconds = 0,
): { send(messages: readonly Message[]): Promise<void> } => ({
  async send(messages) {
    const [only] = messages;
    if (messages.length === 1 && only !== undefined) await queue.send(only, { delaySeconds });
    else if (messages.length > 0)
      await queue.sendBatch(
        messages.map((body) => ({ body })),
        { delaySeconds },
      );
  },
});
