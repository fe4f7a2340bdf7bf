/** Text that is HTML already. */
export type Html = string & { readonly html: true };

export function raw(html: string): Html {
  return html as Html;
}

export function escapeHtml(text: string): Html {
  return raw(
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  );
}

export function join(parts: Html[]): Html {
  return raw(parts.join(''));
}
