import { logoPath } from '../../logos/logos.ts';
import type { Source } from '../../sources/source.ts';

interface IconProps {
  name: string;
  /** The picture's address; null: the name's first letter is drawn. */
  picture: string | null;
}

/** A source's picture, or its initial. The name is beside it. */
export function Icon({ name, picture }: IconProps) {
  const [initial = ''] = name.trim();
  return (
    <span class="icon" aria-hidden="true">
      {picture === null ? initial.toUpperCase() : <img src={picture} alt="" width={24} height={24} />}
    </span>
  );
}

/** Where a source's picture is, if it has one. */
export function pictureOf({ logoId }: Source): string | null {
  return logoPath(logoId);
}
