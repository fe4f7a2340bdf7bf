interface FilterProps {
  /** The list's path. */
  path: string;
  fields: FilterField[];
  /** What narrows the list now, by the fields' names. */
  chosen: Record<string, string>;
}

/** With `options`, one of them or all; else a text to search for. */
interface FilterField {
  name: string;
  label: string;
  /** What stands for all. */
  all?: string;
  options?: { value: string; text: string }[];
  placeholder?: string;
  /** It takes what room there is, as a text does. */
  wide?: true;
}

/** Narrows a list, by its query: a page that can be linked to. */
export function Filter({ path, fields, chosen }: FilterProps) {
  return (
    <form method="get" action={path} class="filter">
      {fields.map((field) => (
        <div class={field.wide || !field.options ? 'search' : undefined}>
          <label for={`filter-${field.name}`}>{field.label}</label>
          <FilterInput {...field} value={chosen[field.name] ?? ''} />
        </div>
      ))}
      <div class="buttons">
        <button type="submit" class="button quiet">
          Show
        </button>
        {Object.keys(chosen).length > 0 ? (
          <a class="button quiet" href={path}>
            Show all
          </a>
        ) : null}
      </div>
    </form>
  );
}

function FilterInput({ name, all, options, placeholder, value }: FilterField & { value: string }) {
  const id = `filter-${name}`;
  if (!options) {
    return (
      <input
        id={id}
        name={name}
        type="search"
        value={value}
        placeholder={placeholder}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
      />
    );
  }
  return (
    <select id={id} name={name}>
      {all === undefined ? null : <option value="">{all}</option>}
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.text}
        </option>
      ))}
    </select>
  );
}
