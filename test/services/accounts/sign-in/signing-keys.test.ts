import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sqliteStore } from "../../../../mixins/collection/sqlite-store.ts";
import { accessSigner } from "../../../../mixins/tokens/access-signer.ts";
import { ACCESS_LIFE_MS } from "../../../../mixins/tokens/access-token.ts";
import { accessVerifier } from "../../../../mixins/tokens/access-verifier.ts";
import { ANNOUNCED_MS, KEY_LIFE_MS } from "../../../../services/accounts/sign-in/key-plan.ts";
import { openSigningKeys, type SigningKeys } from "../../../../services/accounts/sign-in/signing-keys.ts";
import { run } from "../../../program.ts";

const SECRET = "the secret of these keys";
const claims = { accountId: "ada", roles: ["member"], sessionId: "s" };

let directory: string;
let stores: ReturnType<typeof sqliteStore>[];
let nowMs: number;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "keys-"));
  stores = [];
  nowMs = Date.now();
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  rmSync(directory, { recursive: true, force: true });
});

/** Another process, as far as the store can tell. */
function open(secret = SECRET): Promise<SigningKeys> {
  const store = sqliteStore({ directory });
  stores.push(store);
  return openSigningKeys(store.open, secret, () => nowMs);
}
const kids = async (keys: SigningKeys) => (await keys.published()).map(({ kid }) => kid);

test("processes that start at once on an empty store sign with one key", async () => {
  const program = ["test/services/accounts/sign-in/key-maker.ts", directory, SECRET];
  const ended = await Promise.all(Array.from({ length: 3 }, () => run(program, {}).ended));
  expect(ended.map(({ exitCode, err }) => [exitCode, err])).toEqual(Array(3).fill([0, ""]));
  const opened = await Promise.all(Array.from({ length: 10 }, () => open()));
  const signing = await Promise.all(opened.map(async (keys) => (await keys.current()).kid));
  expect(new Set([...signing, ...ended.map(({ out }) => out)]).size).toBe(1);
  expect(await kids(opened[0]!)).toHaveLength(1);
});

test("what is published is a public key and nothing else", async () => {
  expect(await (await open()).published()).toEqual([
    {
      ...{ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" },
      kid: expect.stringMatching(/^[\w-]{43}$/),
      x: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
});

test("no private key can be read from the store", async () => {
  const { privateKey } = await (await open()).current();
  expect(privateKey.extractable).toBe(false);
  await stores[0]!.close();
  const bytes = readdirSync(directory).map((file) => readFileSync(path.join(directory, file), "latin1"));
  expect(bytes.join("")).toContain("sealed");
  expect(bytes.join("")).not.toMatch(/"d":/);
});

test("another secret is told in one line that says what to do", async () => {
  await open();
  const refused = await open("another secret altogether").catch((error: Error) => error);
  expect(refused).toMatchObject({ name: "SecretFault", message: expect.stringContaining("JWT_SECRET") });
  expect((refused as Error).stack).toBe(`SecretFault: ${(refused as Error).message}`);
});

describe("after thirty days", () => {
  let nodes: SigningKeys[];
  let firstKid: string;
  beforeEach(async () => {
    nodes = await Promise.all([open(), open(), open()]);
    firstKid = (await nodes[0]!.current()).kid;
  });
  const all = <T>(ask: (keys: SigningKeys) => Promise<T>) => Promise.all(nodes.map(ask));

  test("one new key is published by all processes before any signs with it", async () => {
    nowMs += KEY_LIFE_MS - ANNOUNCED_MS;
    const published = await all(kids);
    expect(published[0]).toHaveLength(2);
    nowMs += 60_000;
    expect(new Set((await all(kids)).map(String))).toEqual(new Set([String(published[0])]));
    expect(new Set(await all(async (keys) => (await keys.current()).kid))).toEqual(new Set([firstKid]));
    nowMs += ANNOUNCED_MS;
    expect(new Set(await all(async (keys) => (await keys.current()).kid))).toEqual(new Set([published[0]![1]]));
  });

  test("tokens of the old key are good until they expire, and the key goes after the last of them", async () => {
    const [signing, checking] = nodes as [SigningKeys, SigningKeys];
    const { verify } = accessVerifier({ keys: checking, isEnded: () => false, clock: () => nowMs });
    const sign = () => accessSigner(signing.current).sign(claims, nowMs);
    nowMs += KEY_LIFE_MS - ANNOUNCED_MS;
    await all(kids);
    nowMs += ANNOUNCED_MS - 1;
    const old = await sign();
    nowMs += ACCESS_LIFE_MS - 1;
    const recent = await sign();
    expect(new Set([old, recent].map((token) => token.split(".")[0])).size).toBe(2);
    expect([await verify(old), await verify(recent)]).toEqual([expect.objectContaining(claims), expect.anything()]);
    expect(await checking.purge(nowMs)).toBe(0);

    nowMs += ANNOUNCED_MS + 60_000;
    expect(await all(kids)).toEqual(Array(3).fill([(await signing.current()).kid]));
    expect(await checking.keyOf(firstKid)).toBeUndefined();
    expect(await checking.purge(nowMs)).toBe(1);
    expect(await verify(await sign())).toMatchObject(claims);
  });
});
