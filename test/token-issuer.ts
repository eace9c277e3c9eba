import { generateKeyPairSync } from "node:crypto";
import { importJWK, type CryptoKey } from "jose";
import type { TokenIssuer } from "../mixins/tokens/access-gate.ts";
import { accessSigner, type AccessSigner } from "../mixins/tokens/access-signer.ts";
import type { PublicJwk } from "../mixins/tokens/access-token.ts";
import type { Ending } from "../mixins/tokens/ended-tokens.ts";

/** Somebody who issues tokens, as edges know accounts. */
export interface TestIssuer extends AccessSigner, TokenIssuer {
  publicKey: PublicJwk;
  privateKey(): Promise<CryptoKey>;
  /** What it publishes, and what it has ended; tests change both. */
  published: PublicJwk[];
  ended: Ending[];
  /** While set, nobody reaches it. */
  isAway: boolean;
  /** How often it was asked for keys. */
  asked: number;
}

export function testIssuer(kid = "key-1"): TestIssuer {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as { d: string; x: string };
  const publicKey: PublicJwk = { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid, x };
  const privateKey = async () => (await importJWK({ kty: "OKP", crv: "Ed25519", x, d }, "EdDSA")) as CryptoKey;
  const reached = <T>(answer: () => T) =>
    issuer.isAway ? Promise.reject(new Error("Nobody answers")) : Promise.resolve(answer());
  const issuer: TestIssuer = {
    ...accessSigner(async () => ({ kid, privateKey: await privateKey() })),
    ...{ event: "test.tokensEnded", publicKey, privateKey, published: [publicKey], ended: [], isAway: false, asked: 0 },
    isThere: () => true,
    keys() {
      issuer.asked += 1;
      return reached(() => [...issuer.published]);
    },
    endings: (_via, sinceMs) =>
      reached(() => ({
        endings: issuer.ended.filter(({ atMs }) => atMs >= sinceMs),
        asOfMs: Date.now(),
      })),
  };
  return issuer;
}
