import type { Child } from 'hono/jsx';
import type { Counted, Counts } from '../../events/activity.ts';
import { type Bar, Bars, Chart, Columns, format, percent } from './chart.tsx';

/** With less than this there is nothing to be seen in a picture. */
const enough = 5;
/** Bars below each other; the others are told as one. */
const maxBars = 8;

const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** How many Connections came in on which day. */
export function OverTime({ counts: { days, totals } }: { counts: Counts }) {
  const created = totals['connection.created'] ?? 0;
  const renewed = totals['connection.reauthorized'] ?? 0;
  const total = created + renewed;
  if (total < enough)
    return (
      <TooLittle title="Connects over time">
        {total === 0 ? 'Nobody connected' : `${times(total)} somebody connected`} in these {days.length} days.
        From {enough} on there is a picture here.
      </TooLittle>
    );
  const columns = days.map(({ at, created: made, reauthorized }) => ({
    at,
    made,
    reauthorized,
    count: made + reauthorized,
    title: `${shortDay.format(at)}: ${made + reauthorized}`,
  }));
  const highest = columns.reduce((a, b) => (b.count > a.count ? b : a));
  const dayAt = (index: number) => shortDay.format(days[index]?.at);
  return (
    <Chart
      message={`${format(created)} new ${created === 1 ? 'Connection' : 'Connections'} in ${days.length} days${renewed > 0 ? `, and ${format(renewed)} renewed` : ''}`}
      note="By the day, in UTC."
      table={{
        columns: ['Day', 'New', 'Renewed'],
        rows: columns
          .filter(({ count }) => count > 0)
          .map(({ at, made, reauthorized }) => [shortDay.format(at), format(made), format(reauthorized)]),
      }}
    >
      <Columns
        columns={columns}
        peak={`${format(highest.count)} on ${shortDay.format(highest.at)}`}
        axis={[dayAt(0), dayAt(Math.floor(days.length / 2)), 'Today']}
      />
    </Chart>
  );
}

/** How many of those who opened Connect came how far. */
export function Funnel({ counts: { totals } }: { counts: Counts }) {
  const opened = totals.opened ?? 0;
  const finished = totals.finished ?? 0;
  if (opened < enough)
    return (
      <TooLittle title="From opened to exchanged">
        {opened === 0 ? 'Nobody opened Connect' : `Connect was opened ${times(opened).toLowerCase()}`} in
        these days. From {enough} on there is a picture here.
      </TooLittle>
    );
  const steps: (Bar & { means: string })[] = [
    { label: 'Opened', count: opened, means: 'Connect was opened' },
    {
      label: 'Connected',
      count: totals.connected ?? 0,
      means: 'A provider said yes; one run may connect several',
    },
    { label: 'Finished', count: finished, means: 'Finish Connecting Data was pressed' },
    {
      label: 'Exchanged',
      count: totals.exchanged ?? 0,
      means: 'The application’s server exchanged the specialToken: only then the Connections are in force',
    },
  ];
  const bars = steps.map(({ label, count }) =>
    label === 'Opened' || label === 'Connected'
      ? { label, count }
      : { label, count, aside: percent(count, opened) },
  );
  return (
    <Chart
      message={`${percent(finished, opened)} of those who open Connect finish`}
      note={lossNote(finished, totals.exchanged ?? 0)}
      table={{
        columns: ['Step', 'Count', 'Meaning'],
        rows: steps.map(({ label, count, means }) => [label, format(count), means]),
      }}
    >
      <Bars bars={bars} />
    </Chart>
  );
}

/** What is lost after the user has done everything is lost by the application's server. */
function lossNote(finished: number, exchanged: number): string {
  const lost = finished - exchanged;
  return lost > 0
    ? `${format(lost)} finished, and were never exchanged by the application’s server.`
    : 'One run may connect several accounts.';
}

interface SharesProps {
  title: string;
  counted: Counted[];
  /** What an id is called. */
  name: (id: string) => string;
  /** The heading of the table's first column. */
  column: string;
}

/** How the connects are spread. */
export function Shares({ title, counted, name, column }: SharesProps) {
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  const [first] = counted;
  if (!first || total < enough) return null;
  const rest = counted.slice(maxBars);
  const bars: Bar[] = [
    ...counted.slice(0, maxBars).map(({ id, count }) => ({ label: capitalize(name(id)), count })),
    ...(rest.length === 0
      ? []
      : [{ label: `${rest.length} others`, count: rest.reduce((sum, { count }) => sum + count, 0) }]),
  ];
  const message =
    counted.length === 1
      ? `${title}: all from ${name(first.id)}`
      : `${title}: ${percent(first.count, total)} from ${name(first.id)}`;
  return (
    <Chart
      message={message}
      table={{
        columns: [column, 'Connects', 'Share'],
        rows: counted.map(({ id, count }) => [capitalize(name(id)), format(count), percent(count, total)]),
      }}
    >
      <Bars bars={bars.map((bar) => ({ ...bar, aside: percent(bar.count, total) }))} />
    </Chart>
  );
}

/** What an error means, for whoever has to mend it. */
export type Remedies = Record<string, { text: string; what: string }>;

/** Why authorizations brought nothing. */
export function Failures(props: { counts: Counts; remedies: Remedies }) {
  const { remedies } = props;
  const { totals, reasons } = props.counts;
  const textOf = (id: string) =>
    remedies[id]?.text ?? (id === '' ? 'Without a reason' : `The provider said ${id}`);
  const denied = totals.denied ?? 0;
  const counted = [...(denied > 0 ? [{ id: 'denied', count: denied }] : []), ...reasons].sort(
    (a, b) => b.count - a.count,
  );
  const total = denied + (totals.failed ?? 0);
  const ended = totals['connection.needs_reauthorization'] ?? 0;
  const endings =
    ended === 0
      ? null
      : `Besides, ${format(ended)} ${ended === 1 ? 'Connection' : 'Connections'} ended at the provider and ${ended === 1 ? 'needs' : 'need'} reconnecting.`;
  const [first] = counted;
  if (!first || total < enough)
    return (
      <TooLittle title="Reasons of failure">
        {total === 0
          ? 'No authorization failed.'
          : `${total === 1 ? 'One authorization' : `${total} authorizations`} brought nothing: ${counted.map(({ id }) => textOf(id).toLowerCase()).join('; ')}.`}{' '}
        {endings}
      </TooLittle>
    );
  return (
    <Chart
      message={`${textOf(first.id)}: ${percent(first.count, total)} of what fails`}
      {...(endings === null ? {} : { note: endings })}
      table={{
        columns: ['Reason', 'Times', 'What to do'],
        rows: counted.map(({ id, count }) => [
          <>
            {textOf(id)} {id === 'denied' || id === '' ? null : <code>{id}</code>}
          </>,
          format(count),
          remedies[id]?.what ?? 'See what the provider says of this error.',
        ]),
      }}
    >
      <Bars
        bars={counted.slice(0, maxBars).map(({ id, count }) => ({
          label: textOf(id),
          count,
          aside: percent(count, total),
        }))}
      />
    </Chart>
  );
}

/** A sentence, where a picture would show nothing. */
function TooLittle({ title, children }: { title: string; children: Child }) {
  return (
    <section class="chart">
      <h2>{title}</h2>
      <p class="muted">{children}</p>
    </section>
  );
}

/** What is begun with it, in a name of ours or somebody’s own. */
function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function times(count: number): string {
  return count === 1 ? 'Once' : count === 2 ? 'Twice' : `${count} times`;
}
