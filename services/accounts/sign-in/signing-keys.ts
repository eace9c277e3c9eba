import { isNew, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import type { SigningKey } from "../../../mixins/tokens/access-signer.ts";
import { ALGORITHM, type PublicJwk } from "../../../mixins/tokens/access-token.ts";
import type { PublicKeys } from "../../../mixins/tokens/access-verifier.ts";
import { keyPairs, type KeptPair } from "./key-pairs.ts";
import { dueKey, publishedKeys, signingKey, type PlannedKey } from "./key-plan.ts";

type SigningKeyRow = PlannedKey & Omit<KeptPair, "id">;
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
  const pairs = keyPairs(secret);
  let looking: Promise<StoredKey[]> | undefined;
  let lookedAtMs = 0;

  const kept = async () => (await rows.find({ sort: ["generation"], limit: MOST_KEYS })).items;

  /** All keys; makes the one that is due. The unique generation decides whose becomes it, however many try at once. */
  async function look(): Promise<StoredKey[]> {
    const found = await kept();
    const due = dueKey(found, clock());
    if (!due) return found;
    await isNew(rows.insert({ ...(await pairs.make()), ...due }));
    return kept();
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

  const ring: SigningKeys = {
    async current() {
      const row = signingKey(await keys(), clock())!;
      return { kid: row.id, privateKey: await pairs.privateKey(row) };
    },
    published: async () =>
      publishedKeys(await keys(), clock()).map(({ id, x }) => ({
        ...{ kty: "OKP", crv: "Ed25519", alg: ALGORITHM, use: "sig", kid: id, x },
      })),
    async keyOf(kid) {
      const row = publishedKeys(await keys(), clock()).find(({ id }) => id === kid);
      return row && pairs.publicKey(row);
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
