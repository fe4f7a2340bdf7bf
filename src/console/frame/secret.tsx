/** Text to copy: the button is there where there is a clipboard, and a click selects it all where there is none. */
export function Copyable({ id, label, text }: { id: string; label: string; text: string }) {
  return (
    <div class="copyable">
      <code id={id}>{text}</code>
      <span class="spoken" role="status" />
      <button type="button" class="button quiet" data-copy={id} aria-label={`Copy ${label}`} hidden>
        Copy
      </button>
    </div>
  );
}

interface SecretProps {
  id: string;
  /** What it is, in the middle of a sentence. */
  label: string;
  text: string;
}

/** A secret on the one page that shows it: in the answer to the form that made it, never behind a redirect. */
export function SecretOnce({ id, label, text }: SecretProps) {
  return (
    <section class="notice warning" aria-label={`The ${label}`}>
      <p>
        This is the only time you see the {label}. Copy it now and keep it like a password: we store only its
        digest.
      </p>
      <Copyable id={id} label={`the ${label}`} text={text} />
    </section>
  );
}
