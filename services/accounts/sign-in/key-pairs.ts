import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, importJWK, type CryptoKey } from "jose";
import { SecretFault, sealing } from "../../../mixins/sealing.ts";
import { ALGORITHM } from "../../../mixins/tokens/access-token.ts";

/** An Ed25519 pair as it is kept. */
export interface KeptPair {
  /** The thumbprint of its public half (RFC 7638). */
  id: string;
  x: string;
  /** The private half, sealed for this id. */
  sealed: string;
}

/** Makes pairs and opens them again, under one secret. */
export interface KeyPairs {
  make(): Promise<KeptPair>;
  /** Throws `SecretFault` when another secret has sealed it. The key cannot be taken out of the process again. */
  privateKey(pair: KeptPair): Promise<CryptoKey>;
  publicKey(pair: KeptPair): Promise<CryptoKey>;
}

const OTHER_SECRET =
  "JWT_SECRET is not the secret that the signing keys in the store were sealed with. Start with that one; " +
  "or, to begin anew with this one, remove what the collection signingKey of accounts holds (all access tokens end)";

export function keyPairs(secret: string): KeyPairs {
  const safe = sealing(secret, "signing keys 1");
  const opened = new Map<string, CryptoKey>();
  /** One object per key for good: whoever remembers by which key a token was good compares them. */
  async function once(name: string, half: { x: string; d?: string }): Promise<CryptoKey> {
    const made =
      opened.get(name) ?? ((await importJWK({ kty: "OKP", crv: "Ed25519", ...half }, ALGORITHM)) as CryptoKey);
    if (!opened.has(name)) opened.set(name, made);
    return opened.get(name)!;
  }
  return {
    async make() {
      const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as { d: string; x: string };
      const id = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x });
      return { id, x, sealed: safe.seal(d, id) };
    },
    async privateKey({ id, x, sealed }) {
      const known = opened.get(`private ${id}`);
      if (known) return known;
      const d = safe.unseal(sealed, id);
      if (d === undefined) throw new SecretFault(OTHER_SECRET);
      return once(`private ${id}`, { x, d });
    },
    publicKey: ({ id, x }) => once(`public ${id}`, { x }),
  };
}
