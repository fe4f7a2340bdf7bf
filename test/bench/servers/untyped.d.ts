declare module 'express' {
  import type { RequestListener } from 'node:http';

  export interface Request {
    session: { grant?: { response?: { access_token?: string; raw: object } } };
  }
  interface Response {
    status(code: number): this;
    send(body: string): this;
  }
  interface Application extends RequestListener {
    use(handler: unknown): this;
    get(path: string, handler: (request: Request, response: Response) => void): this;
  }
  export default function express(): Application;
}

declare module 'express-session' {
  export default function session(options: {
    secret: string;
    saveUninitialized: boolean;
    resave: boolean;
  }): unknown;
}

declare module 'workerd' {
  /** `default` is the path of the executable. */
  const workerd: { default: string };
  export default workerd;
}
