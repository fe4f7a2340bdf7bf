import { describe, expect, it } from 'vitest';
import { Checkbox, Field } from '../../src/console/frame/form.tsx';
import { read, signIn, signInAs } from './harness/console.ts';
import { World } from './harness/world.ts';

describe('a field', () => {
  const said = { name: 'agree', label: 'Agree', explanation: 'What that means.' };

  it('of text says whether it may be left out', () => {
    expect(`${Field(said)}`).toContain('aria-required="true"');
    expect(`${Field({ ...said, optional: true })}`).toContain('(optional)');
    expect(`${Field({ ...said, optional: true })}`).not.toContain('aria-required');
  });

  it('to be ticked says neither: unticked is an answer, too', () => {
    for (const optional of [false, true]) {
      const box = `${Checkbox({ ...said, optional, checked: true })}`;
      expect(box).toContain('type="checkbox" checked=""');
      expect(box).toContain('aria-describedby="explanation-agree"');
      expect(box).not.toContain('aria-required');
      expect(box).not.toContain('optional');
    }
  });
});

it('links to the documentation from every page’s rail', async () => {
  const world = new World();
  for (const browser of [await signIn(world), (await signInAs(world)).browser]) {
    for (const page of ['applications', 'settings', 'activity'])
      expect(await read(browser, `/console/${page}`)).toMatch(
        /<header class="rail">.*<a href="\/docs">Documentation</,
      );
  }
});
