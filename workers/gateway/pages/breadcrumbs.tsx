import type { Collection } from '#shared/contracts/http/products.ts';

/** The way from a root to where the reader is. `here`: the page itself, which is no link. */
export const Breadcrumbs = ({ path, here }: { path: readonly Collection[]; here: string }) =>
  path.length === 0 ? null : (
    <nav class="breadcrumbs" aria-label="Breadcrumbs">
      <ol>
        {path.map(({ handle, title }) => (
          <li>
            <a href={`/collections/${encodeURIComponent(handle)}`}>{title}</a>
          </li>
        ))}
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  );
