/** What came back for a GraphQL operation. */
export interface Answer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly data: Data | null | undefined;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly field?: string };
  }[];
}

/** Somebody who uses an instance over HTTP. */
export interface Client {
  /** Sends an operation; never throws for what the instance answers. */
  graphql<Data = Record<string, never>>(
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<Answer<Data>>;
  /** Sends an operation that must succeed, and returns its data. */
  ask<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** Any request to the instance, with the client's credentials. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** A JSON POST. */
  post(path: string, body: unknown): Promise<Response>;
}

const userAgent = 'pawprint-test/1.0';

/** A client with an API token, on the public API. */
export function tokenClient(address: string, token: string): Client {
  return client(address, '/public/graphql', { 'x-api-key': token });
}

/** A client with a session, as the console is. @param cookie the `Set-Cookie` header of the sign-in. */
export function sessionClient(address: string, cookie = ''): Client {
  const [pair = ''] = cookie.split(';');
  return client(address, '/internal/graphql', {
    'x-pawprint-csrf': '1',
    ...(pair !== '' && { cookie: pair }),
  });
}

function client(address: string, endpoint: string, credentials: Record<string, string>): Client {
  const send = (path: string, init: RequestInit = {}) =>
    fetch(address + path, { ...init, headers: { 'user-agent': userAgent, ...credentials, ...init.headers } });
  const post = (path: string, body: unknown) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  async function graphql<Data>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>> {
    const response = await post(endpoint, { query, ...(variables !== undefined && { variables }) });
    const { data, errors = [] } = (await response.json()) as {
      data?: Data | null;
      errors?: Answer['errors'];
    };
    return { status: response.status, data, errors };
  }

  return {
    graphql,
    async ask<Data>(query: string, variables?: Record<string, unknown>) {
      const { status, data, errors } = await graphql<Data>(query, variables);
      if (status !== 200 || errors.length > 0 || data == null) {
        throw new Error(`${status} ${JSON.stringify(errors)} for ${query}`);
      }
      return data;
    },
    fetch: send,
    post,
  };
}
