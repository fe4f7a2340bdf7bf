/**
 * A secret as it may be shown: its prefix, if it has one, and just enough of it to tell two apart.
 * `trv_access_Ab3…9f`; of a specialToken both halves, `q7F…2a.xB9…k1`.
 */
export function shortenSecret(secret: string): string {
  return secret
    .split('.')
    .map((part) => {
      const [, prefix = '', random = ''] = /^(trv_[a-z]+_|)(.*)$/.exec(part) ?? [];
      return `${prefix}${shorten(random, 3, 2)}`;
    })
    .join('.');
}

/** An id as it is shown where it must not fill the line: `5c1e…982c`. */
export function shortenId(id: string): string {
  return shorten(id, 4, 4);
}

function shorten(text: string, head: number, tail: number): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}
