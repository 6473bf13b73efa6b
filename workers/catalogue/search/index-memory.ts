import { type Chunk, readChunk, ValueDirectory } from './columns.ts';

export interface GenerationState {
  generation: number;
  token: string;
  version: number;
}
export interface ChunkNews {
  chunk: number;
  version: number;
  columns: string;
}

/** What is known of one generation at one moment. Never changes: news make another one. */
export interface Snapshot {
  generation: number;
  token: string;
  version: number;
  /** By their number, without gaps. */
  chunks: readonly Chunk[];
  directory: ValueDirectory;
}

/**
 * The columns of the index in an isolate's memory, about 300 bytes a product. Each search asks for what was written since, so
 * nothing here is ever older than the search; an isolate that is new, or sees another generation, fetches all of it.
 */
export class IndexMemory {
  #snapshot: Snapshot | null = null;

  get known(): { token: string; version: number } {
    return { token: this.#snapshot?.token ?? '', version: this.#snapshot?.version ?? 0 };
  }

  /** `since`: what `known` was when the news were asked for; news that follow something else are of no use. */
  take(
    state: GenerationState,
    news: readonly ChunkNews[],
    since: { token: string; version: number },
  ): Snapshot {
    const before = this.#snapshot;
    const continues = before !== null && before.token === state.token && since.token === state.token;
    // Another search was faster, and what it knows is newer.
    if (continues && before.version >= state.version) return before;
    const directory = continues ? before.directory : new ValueDirectory();
    const chunks = continues ? [...before.chunks] : [];
    for (const { chunk, columns } of news) chunks[chunk] = readChunk(chunk, columns, directory);
    const snapshot = { ...state, chunks, directory };
    this.#snapshot = snapshot;
    return snapshot;
  }
}
