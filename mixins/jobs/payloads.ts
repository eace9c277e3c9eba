import type { Sealing } from "../sealing.ts";

/** How the payloads of jobs rest in their rows. */
export interface Payloads {
  keep(kind: string, payload: unknown): unknown;
  /** Undefined for what was sealed with another secret. */
  open(kind: string, kept: unknown): { payload: unknown } | undefined;
}

const asTheyAre: Payloads = { keep: (_kind, payload) => payload, open: (_kind, payload) => ({ payload }) };

/** Sealed, each for its kind; as they are without a sealing. */
export const payloads = (sealing: Sealing | undefined): Payloads =>
  sealing === undefined
    ? asTheyAre
    : {
        keep: (kind, payload) => sealing.seal(JSON.stringify(payload), kind),
        open(kind, kept) {
          const text = sealing.unseal(kept as string, kind);
          return text === undefined ? undefined : { payload: JSON.parse(text) as unknown };
        },
      };
