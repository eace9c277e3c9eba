import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, importJWK, type CryptoKey } from "jose";
import { isNew, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import { SecretFault, sealing } from "../../../mixins/sealing.ts";
import type { SigningKey } from "../../../mixins/tokens/access-signer.ts";
import { ALGORITHM, type PublicJwk } from "../../../mixins/tokens/access-token.ts";
import type { PublicKeys } from "../../../mixins/tokens/access-verifier.ts";
import { dueKey, publishedKeys, signingKey, type PlannedKey } from "./key-plan.ts";

/** An Ed25519 pair as it is kept; its id is the thumbprint of its public half (RFC 7638). */
interface SigningKeyRow extends PlannedKey {
  x: string;
  /** The private half, sealed for this id. */
  sealed: string;
}
type StoredKey = Stored<SigningKeyRow>;

/** The keys that access tokens are signed with: all processes on one store have the same. */
export interface SigningKeys extends PublicKeys {
  /** The one to sign with. Throws `SecretFault` when another secret has sealed it. */
  current(): Promise<SigningKey>;
  /** Public halves of all by which a token may be good. */
  published(): Promise<PublicJwk[]>;
  /** Removes those that are published no more. */
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

/** So long what was read of the store is believed; far shorter than a key is announced. */
const LOOK_EVERY_MS = 60_000;
const MOST_KEYS = 100;

/** Opens the keys, and makes the first one where there is none. Throws `SecretFault` like `current`. */
export async function openSigningKeys(open: OpenCollection, secret: string, clock: () => number): Promise<SigningKeys> {
  const rows = await open<SigningKeyRow>({
    ...{ service: "accounts", noun: "signingKey", durability: "full" },
    fields: { generation: "integer" },
    unique: [["generation"]],
  });
  const safe = sealing(secret, "signing keys 1");
  const privateKeys = new Map<string, CryptoKey>();
  const publicKeys = new Map<string, CryptoKey>();
  let looking: Promise<StoredKey[]> | undefined;
  let lookedAtMs = 0;

  const kept = async () => (await rows.find({ sort: ["generation"], limit: MOST_KEYS })).items;

  /** All keys; makes the one that is due. The unique generation decides whose becomes it, however many try at once. */
  async function look(): Promise<StoredKey[]> {
    const found = await kept();
    const due = dueKey(found, clock());
    if (!due) return found;
    await isNew(rows.insert(await newKey(due)));
    return kept();
  }

  async function newKey(planned: PlannedKey) {
    const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as { d: string; x: string };
    const id = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x });
    return { id, ...planned, x, sealed: safe.seal(d, id) };
  }

  function keys(): Promise<StoredKey[]> {
    if (!looking || Math.abs(clock() - lookedAtMs) >= LOOK_EVERY_MS) {
      lookedAtMs = clock();
      const latest = (looking = look());
      // What failed is tried again by whoever asks next.
      latest.catch(() => looking === latest && (looking = undefined));
    }
    return looking;
  }

  async function privateKeyOf({ id, x, sealed }: StoredKey): Promise<CryptoKey> {
    const d = safe.unseal(sealed, id);
    if (d === undefined) throw new SecretFault(OTHER_SECRET);
    return imported({ x, d });
  }

  const ring: SigningKeys = {
    async current() {
      const row = signingKey(await keys(), clock())!;
      return { kid: row.id, privateKey: await remembered(privateKeys, row.id, () => privateKeyOf(row)) };
    },
    published: async () =>
      publishedKeys(await keys(), clock()).map(({ id, x }) => ({
        ...{ kty: "OKP", crv: "Ed25519", alg: ALGORITHM, use: "sig", kid: id, x },
      })),
    async keyOf(kid) {
      const row = publishedKeys(await keys(), clock()).find(({ id }) => id === kid);
      return row && remembered(publicKeys, kid, () => imported({ x: row.x }));
    },
    async purge(nowMs) {
      const all = await kept();
      const live = new Set(publishedKeys(all, nowMs));
      const removed = await Promise.all(all.filter((key) => !live.has(key)).map(({ id }) => rows.remove(id)));
      return removed.filter(Boolean).length;
    },
    close: () => rows.close(),
  };
  try {
    await ring.current();
  } catch (error) {
    await rows.close();
    throw error;
  }
  return ring;
}

const OTHER_SECRET =
  "JWT_SECRET is not the secret that the signing keys in the store were sealed with. Start with that one; " +
  "or, to begin anew with this one, remove what the collection signingKey of accounts holds (all access tokens end)";

const imported = async (half: { x: string; d?: string }) =>
  (await importJWK({ kty: "OKP", crv: "Ed25519", ...half }, ALGORITHM)) as CryptoKey;

async function remembered(memory: Map<string, CryptoKey>, kid: string, make: () => Promise<CryptoKey>) {
  const known = memory.get(kid) ?? (await make());
  // Of two that were made at once the first one stays: whoever compares keys finds one.
  if (!memory.has(kid)) memory.set(kid, known);
  return memory.get(kid)!;
}
