import type { Theme } from '../protocol.ts';
import { remember } from './memory.ts';
import { de } from './texts/de.ts';
import { en, type Texts } from './texts/en.ts';
import { es } from './texts/es.ts';
import { fr } from './texts/fr.ts';

const languages: Record<string, Texts> = { en, de, fr, es };

/** The popup’s sentences in the language asked for; English until then. */
export let t: Texts = en;

/** The language tag in use, for lists and dates. */
export let language = 'en';

/** Chooses the language by a tag such as `de-AT`; an unknown one leaves things as they are. */
export function applyLocale(locale: string | null): void {
  const tag = (locale ?? '').slice(0, 2).toLowerCase();
  const found = languages[tag];
  if (!found) return;
  t = found;
  language = tag;
  document.documentElement.lang = tag;
  remember('locale', tag);
}

/** Puts values in the place of `{name}`. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

/** Relative luminance (WCAG 2.2) of `#rrggbb`. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Where ink and white contrast equally with a colour: the root of 1.05 × (ink's luminance + 0.05), less 0.05. */
const evenLuminance = 0.197;

/** Applies an application's theme, as far as it is well-formed, and keeps it for this window. */
export function applyTheme(theme: Partial<Theme> | null): void {
  const root = document.documentElement;
  if (theme?.mode === 'light' || theme?.mode === 'dark') root.dataset.theme = theme.mode;
  const accent = theme?.accent;
  if (accent && /^#[\da-f]{6}$/i.test(accent)) {
    root.style.setProperty('--accent', accent);
    root.style.setProperty('--on-accent', luminance(accent) > evenLuminance ? 'oklch(0.2 0.012 55)' : '#fff');
  }
  if (theme) remember('theme', theme);
}

/** Looks as the opening page asked in the fragment, or as before the trip to a provider. */
export function applyLook(fragment: URLSearchParams): void {
  const mode = fragment.get('theme');
  const accent = fragment.get('accent');
  applyTheme(
    mode ? { mode: mode as Theme['mode'], ...(accent && { accent }) } : remember<Partial<Theme>>('theme'),
  );
  applyLocale(fragment.get('locale') ?? remember<string>('locale'));
}
