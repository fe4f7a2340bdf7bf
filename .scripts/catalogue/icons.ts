import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Brand {
  title: string;
  slug: string;
  hex: string;
}

const folder = dirname(fileURLToPath(import.meta.resolve('simple-icons')));
const brands = (JSON.parse(readFileSync(join(folder, 'data/simple-icons.json'), 'utf8')) as Brand[]).map(
  ({ title, slug, hex }) => ({ title: title.toLowerCase(), slug, hex }),
);

/** The brand that is called so, in simple-icons. */
export function findIcon(slug: string, name: string): string | null {
  const wanted = name.toLowerCase();
  const found = brands.find((brand) => brand.title === wanted) ?? brands.find((brand) => brand.slug === slug);
  return found && existsSync(iconPath(found.slug)) ? found.slug : null;
}

/**
 * A brand's mark in its own colour, 24 × 24.
 *
 * @throws Error where simple-icons has none by that slug
 */
export function drawIcon(slug: string): string {
  const brand = brands.find((known) => known.slug === slug);
  const path = /<path d="([^"]+)"/.exec(readFileSync(iconPath(slug), 'utf8'))?.[1];
  if (!brand || !path) throw new Error(`simple-icons has no ${slug}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill="#${brand.hex}" d="${path}"/></svg>\n`;
}

function iconPath(slug: string): string {
  return join(folder, 'icons', `${slug}.svg`);
}
