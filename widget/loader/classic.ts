import { type ConnectApi, connectAt } from './connect.ts';

declare global {
  interface Window {
    Connect: ConnectApi;
  }
}

window.Connect = connectAt(new URL((document.currentScript as HTMLScriptElement).src).origin);
