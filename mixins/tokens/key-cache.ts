import { importJWK, type CryptoKey } from "jose";
import { ALGORITHM, type PublicJwk } from "./access-token.ts";
import { KeysUnknown, type PublicKeys } from "./access-verifier.ts";

/** Names that nobody published, made up by whoever likes, must not send us asking each time. */
const ASK_AGAIN_MS = 5000;
/** As long as nothing is known. */
const FIRST_AGAIN_MS = 250;

/** Public keys as they were last published. */
export interface KeyCache extends PublicKeys {
  isFilled(): boolean;
  /** Asks for them now; rejects when that fails, and what is known stays. */
  refresh(): Promise<void>;
}

/** Keeps published keys in memory; a name that is not among them is asked for, at most every few seconds. */
export function keyCache(fetchKeys: () => Promise<readonly PublicJwk[]>): KeyCache {
  let known: Map<string, { x: string; key: CryptoKey }> | undefined;
  let asking: Promise<void> | undefined;
  let askedAtMs = -Infinity;

  async function ask(): Promise<void> {
    const entries = (await fetchKeys()).map(async ({ kid, x }) => {
      const same = known?.get(kid);
      return [kid, same?.x === x ? same : { x, key: await imported(x) }] as const;
    });
    known = new Map(await Promise.all(entries));
  }

  /** However many ask at once, one call goes out. */
  function refresh(): Promise<void> {
    askedAtMs = performance.now();
    return (asking ??= ask().finally(() => (asking = undefined)));
  }

  return {
    isFilled: () => known !== undefined,
    refresh,
    async keyOf(kid) {
      if (!known?.has(kid)) {
        const isDue = performance.now() - askedAtMs >= (known ? ASK_AGAIN_MS : FIRST_AGAIN_MS);
        await (isDue ? refresh() : asking)?.catch(() => undefined);
      }
      if (!known) throw new KeysUnknown("No keys have been learnt yet");
      return known.get(kid)?.key;
    },
  };
}

/** Type and curve are ours, whatever was published. */
const imported = async (x: string) => (await importJWK({ kty: "OKP", crv: "Ed25519", x }, ALGORITHM)) as CryptoKey;
