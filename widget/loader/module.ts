import { connectAt } from './connect.ts';

export const Connect = connectAt(new URL(import.meta.url).origin);
export const { create, open } = Connect;
/** @alias of `Connect`, for `import Connect from` */
export default Connect;
