/** One request to the market. */
export interface Ask {
  /** Who answers it behind the gateway. */
  service: string;
  method: "GET" | "POST" | "PATCH";
  /** Below /api. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Its contract says that calling twice equals calling once. */
  idempotent: boolean;
  onGood?: (answer: Answer) => void;
}

export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** Ten times the longest deadline of the routes that are asked: whoever has not answered by then hangs. */
export const PATIENCE_MS = 30_000;

/**
 * Asks one gateway and, when the connection is refused or breaks, the others in turn. An answer is an answer, whatever
 * it says; rejects when no gateway gives one.
 */
export async function ask(gateways: readonly string[], first: number, asked: Ask): Promise<Answer> {
  let broken: unknown;
  for (let tried = 0; tried < gateways.length; tried++) {
    try {
      return await askOne(gateways[(first + tried) % gateways.length]!, asked);
    } catch (error) {
      broken = error;
    }
  }
  throw broken;
}

async function askOne(url: string, { method, path, headers, body }: Ask): Promise<Answer> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
  return { status: response.status, body: isJson ? JSON.parse(text) : undefined };
}
