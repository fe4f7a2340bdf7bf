import { base64url, fromBase64url, utf8 } from './encoding.ts';

/** A key of `ENCRYPTION_KEYS`. */
interface SealingKey {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Thrown where a sealed value doesn't open: unknown key, another place, or tampered with. */
export class SealError extends Error {
  override name = 'SealError';
}

const ivBytes = 12;
const imported = new WeakMap<SealingKey, Promise<CryptoKey>>();

/**
 * Seals a text with AES-256-GCM under the first key.
 *
 * @param place where the sealed value will live, such as `connection/<id>/tokens`. It is bound in as
 *   additional data: a value moved to another row or column does not open.
 * @returns `<key id>.<base64url of IV and ciphertext>`
 */
export async function seal(
  keys: [SealingKey, ...SealingKey[]],
  text: string,
  place: string,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const ciphertext = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: utf8(place) },
    await importKey(keys[0]),
    utf8(text),
  );
  const bytes = new Uint8Array(ivBytes + ciphertext.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(ciphertext), ivBytes);
  return `${keys[0].id}.${base64url(bytes)}`;
}

/**
 * Opens what `seal` made for the same place, with whichever key sealed it.
 *
 * @throws SealError where it doesn't open
 */
export async function open(keys: SealingKey[], sealed: string, place: string): Promise<string> {
  const [keyId, payload] = sealed.split('.');
  const key = keys.find((candidate) => candidate.id === keyId);
  if (!key || !payload) throw new SealError(`No key with the id of this sealed value (${place})`);
  try {
    const bytes = fromBase64url(payload);
    const text = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: bytes.subarray(0, ivBytes), additionalData: utf8(place) },
      await importKey(key),
      bytes.subarray(ivBytes),
    );
    return new TextDecoder().decode(text);
  } catch (cause) {
    throw new SealError(`Sealed value does not open at ${place}`, { cause });
  }
}

function importKey(key: SealingKey): Promise<CryptoKey> {
  let known = imported.get(key);
  if (!known) {
    known = crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    imported.set(key, known);
  }
  return known;
}
