interface TabsProps {
  /** What they are the parts of, for those who don't see the page around them. */
  label: string;
  tabs: { title: string; href: string }[];
  /** The title of the one that is open. */
  current: string;
}

/** The pages of one thing, side by side under its title. */
export function Tabs({ label, tabs, current }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ title, href }) => (
        <a href={href} aria-current={title === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
