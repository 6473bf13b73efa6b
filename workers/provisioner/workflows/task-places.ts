/** Where what belongs to a task is sealed. */
export const payloadPlace = (id: string) => ({ table: 'tasks', row: id, field: 'sealed_payload' });
export const answerPlace = (id: string) => ({ table: 'tasks', row: id, field: 'sealed_answer' });
