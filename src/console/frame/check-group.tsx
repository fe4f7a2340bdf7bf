import type { FormState } from './form-state.ts';

interface CheckGroupProps {
  /** What a fault of the whole group is told by. */
  name: string;
  legend: string;
  /** Each with what ticking it means. */
  boxes: { name: string; label: string; explanation: string; checked?: boolean }[];
  form?: FormState;
}

/** Any of some: each is sent as `on`, or not at all. */
export function CheckGroup({ name, legend, boxes, form }: CheckGroupProps) {
  const error = form?.errors[name];
  return (
    <fieldset id={`field-${name}`} aria-describedby={error ? `error-${name}` : undefined} tabindex={-1}>
      <legend>{legend}</legend>
      {error ? (
        <p class="error" id={`error-${name}`}>
          {error}
        </p>
      ) : null}
      {boxes.map((box) => (
        <div class="field check">
          <input
            id={`field-${box.name}`}
            name={box.name}
            type="checkbox"
            checked={form ? form.values[box.name] === 'on' : (box.checked ?? false)}
            aria-describedby={`explanation-${box.name}`}
          />
          <label for={`field-${box.name}`}>{box.label}</label>
          <p class="explanation" id={`explanation-${box.name}`}>
            {box.explanation}
          </p>
        </div>
      ))}
    </fieldset>
  );
}
