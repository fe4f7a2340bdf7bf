import { brand, type Child, el } from '../popup/dom.ts';
import { type Account, hear, type ProviderAnswer } from './events.ts';
import { type DaySteps, stepsChart } from './steps-chart.ts';

interface Photo {
  title: string;
  width: number;
  height: number;
}

/** Shows what the providers returned, an account a tile. */
export function showAccounts(): void {
  const panel = document.querySelector('#accounts');
  hear('data', ({ accounts = [] }) => {
    if (accounts.length > 0) panel?.replaceChildren(...accounts.map(tile));
  });
}

function tile({ provider, profile, records }: Account): HTMLElement {
  const { name, email } = profile.body;
  const who = profile.status === 200 ? `${name} · ${email}` : 'No profile';
  return el(
    'article',
    { class: 'account', 'aria-label': provider },
    el(
      'header',
      {},
      brand(provider, null),
      el('div', {}, el('h3', {}, provider), el('p', { class: 'who muted' }, who)),
    ),
    ...contents(provider, profile.status === 200 ? records : profile),
  );
}

function contents(provider: string, { status, body }: ProviderAnswer): Child[] {
  if (status === 200 && Array.isArray(body.days)) return stepsChart(body.days as DaySteps[]);
  if (status === 200 && Array.isArray(body.photos)) return [photoList(body.photos as Photo[])];
  return [
    el(
      'p',
      { class: 'notice warning' },
      el('strong', {}, `${provider} can’t be read: `, el('code', {}, `${status} ${body.error}`)),
      el('br'),
      `${body.error_description}`,
    ),
  ];
}

function photoList(photos: Photo[]): HTMLElement {
  return el(
    'div',
    { class: 'photos' },
    el('h4', {}, `${photos.length} photos in the album`),
    el(
      'ul',
      {},
      ...photos.map(({ title, width, height }) =>
        el('li', {}, title, el('span', { class: 'muted' }, `${width} × ${height} px`)),
      ),
    ),
  );
}
