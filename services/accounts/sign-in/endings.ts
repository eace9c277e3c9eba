import type { ServiceBroker } from "moleculer";
import type { OpenCollection } from "../../../mixins/collection/collection.ts";
import type { Ending } from "./sign-in.contract.ts";

/** Access tokens that end before their time: kept, and told to every edge. */
export interface Endings {
  /** From now on no access token is good that speaks of one of these (session ids, account ids, jti). */
  end(about: readonly string[]): Promise<void>;
  /** Those whose tokens may still be out. */
  current(): Promise<Ending[]>;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export async function openEndings(
  _open: OpenCollection,
  _broker: ServiceBroker,
  _clock: () => number,
): Promise<Endings> {
  return Promise.resolve({
    end: () => Promise.resolve(),
    current: () => Promise.resolve([]),
    purge: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  });
}
