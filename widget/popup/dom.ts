/** An attribute's value; a function listens to the event of that name. `false` leaves the attribute out. */
type Attribute = string | boolean | ((event: Event) => void);
export type Child = Node | string | null | false;

/** Makes an element with its attributes, listeners and children. Text is always text, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Drawn on a grid of 24, in strokes. */
const drawings = {
  check: 'm5 12.5 4.5 4.5L19 7.5',
  chevron: 'm9.5 6 6 6-6 6',
  plus: 'M12 6v12M6 12h12',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4.5 4.5',
  hand: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12h8',
  alert: 'M12 8v5m0 3.5v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  clock: 'M12 7.5V12l3 2m-3 7a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  plug: 'M9 3.5V8m6-4.5V8M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0V8ZM12 17v3.5',
  window: 'M4 5.5h16v13H4v-13Zm0 4h16M7 7.5v.01',
  shield: 'M12 3.5 5 6v5.5c0 4.2 2.9 7.4 7 9 4.1-1.6 7-4.8 7-9V6l-7-2.5ZM9.5 9.5l5 5m0-5-5 5',
  signal: 'M4 10a11.5 11.5 0 0 1 16 0M7 13.5a7 7 0 0 1 10 0M10 17a3 3 0 0 1 4 0M4 4l16 16',
  door: 'M13 4H6v16h7m-2.5-8H20m-3.5-3.5L20 12l-3.5 3.5',
};

export type Drawing = keyof typeof drawings;

function svg(size: number, path: string, className: string): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const image = document.createElementNS(namespace, 'svg');
  image.setAttribute('viewBox', `0 0 ${size} ${size}`);
  image.setAttribute('class', className);
  image.setAttribute('aria-hidden', 'true');
  const stroke = document.createElementNS(namespace, 'path');
  stroke.setAttribute('d', path);
  stroke.setAttribute('pathLength', '1');
  image.append(stroke);
  return image;
}

export const icon = (name: Drawing, className = 'icon') => svg(24, drawings[name], className);

/** Three strokes meeting under a ring. */
export const mark = () =>
  svg(16, 'M2 4.75a6 3.25 0 1 0 12 0a6 3.25 0 1 0-12 0M8 8v6.5M8 8l-5 5.25M8 8l5 5.25', 'mark');

/** A brand's logo; where there is none, or it doesn't load, its initial in a tint of its own. */
export function brand(name: string, logo: string | null, className = 'brand'): HTMLElement {
  const tile = el('span', { class: className, 'aria-hidden': 'true' });
  const draw = () => {
    let hue = 0;
    for (const char of name) hue = (hue * 31 + (char.codePointAt(0) ?? 0)) % 360;
    tile.style.setProperty('--hue', String(hue));
    tile.classList.add('drawn');
    tile.replaceChildren((Array.from(name.trim())[0] ?? '?').toUpperCase());
  };
  if (logo) tile.append(el('img', { src: logo, alt: '', error: draw }));
  else draw();
  return tile;
}
