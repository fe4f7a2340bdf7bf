import type { Child } from 'hono/jsx';

interface TableProps {
  /** What is listed, for those who don't see the page around it. */
  caption: string;
  /** Their headings; the first column names the row. An empty one is said to nobody: a column of buttons. */
  columns: string[];
  rows: Child[][];
}

/** Rows and columns; in a narrow window a card for each row. */
export function Table({ caption, columns, rows }: TableProps) {
  return (
    <table>
      <caption class="spoken">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column || <span class="spoken">Actions</span>}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, index) =>
              index === 0 ? (
                <th scope="row">{cell}</th>
              ) : (
                <td data-label={columns[index] || undefined}>{cell}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface EmptyProps {
  /** What will be here. */
  title: string;
  /** Why it's useful. */
  children: Child;
  /** The one action that fills it. */
  action?: Child;
}

/** What stands where nothing is yet. */
export function Empty({ title, children, action = null }: EmptyProps) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </section>
  );
}
