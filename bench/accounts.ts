import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { verify } from "@node-rs/argon2";
import { exportJWK, generateKeyPair, importJWK, jwtVerify, type CryptoKey } from "jose";
import { ServiceBroker } from "moleculer";
import { sqliteStore } from "../mixins/collection/sqlite-store.ts";
import { ALGORITHM, AUDIENCE, ISSUER, TYPE } from "../mixins/tokens/access-token.ts";
import { accessSigner } from "../mixins/tokens/access-signer.ts";
import { accessVerifier } from "../mixins/tokens/access-verifier.ts";
import { endedTokens } from "../mixins/tokens/ended-tokens.ts";
import { Accounts } from "../services/accounts/accounts.contract.ts";
import { accountsService } from "../services/accounts/accounts.service.ts";
import { hashPassword } from "../services/accounts/credentials/password-hash.ts";
import { keepInFlight, median } from "./in-flight.ts";

/**
 * What a sign-in costs beyond its argon2id check, and what a check of an access token costs beyond its signature. The
 * rounds of all contestants alternate in one run; figures are medians of operations per second of processor time (all
 * threads of the process), which other work on the machine does not change: per second and core. Read the ratios.
 */
const ROUNDS = 5;
const ROUND_MS = 1200;
/** Enough to keep argon2's threads busy. */
const SIGN_INS_IN_FLIGHT = 8;
/** So many that none of them gets to the most sessions that an account may have. */
const PEOPLE = 40;
const TOKENS = 2000;
/** Told to an edge in a busy quarter of an hour. */
const ENDINGS = 10_000;
const PASSWORD = "correct horse battery";
const SOMEBODY = { ip: "203.0.113.7", userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Firefox/144.0" };

/** Operations per processor second. */
async function rate(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const operations = await work();
  const { user, system } = process.cpuUsage(before);
  return (operations / (user + system)) * 1e6;
}

type Contestants = Record<string, () => Promise<number>>;

/** Lets all contestants warm up, then prints their medians against that of the first. */
async function compare(title: string, contestants: Contestants): Promise<void> {
  const rates = new Map<string, number[]>();
  for (const work of Object.values(contestants)) await work();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, work] of Object.entries(contestants))
      rates.set(name, [...(rates.get(name) ?? []), await rate(work)]);
  const medians = [...rates].map(([name, its]) => [name, median(its)] as const);
  console.log(`| ${title} | per second and core | against the first |\n| --- | ---: | ---: |`);
  for (const [name, its] of medians)
    console.log(`| ${name} | ${its.toFixed(0)} | ${(its / medians[0]![1]).toFixed(2)} |`);
  console.log();
}

async function signIns(): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), "bench-accounts-"));
  const store = sqliteStore({ directory });
  const broker = new ServiceBroker({ logger: false });
  const settings = { jwtSecret: "a secret for benches only, 32 or more", publicUrl: "http://localhost:3000" };
  const mail = { smtpUrl: undefined, mailFrom: "Hallabong <hello@example.com>", dataDir: directory };
  const ports = {
    open: () => store.open,
    settings: () => ({ ...settings, ...mail, corsOrigins: [], rateLimits: true }),
  };
  broker.createService(accountsService(ports));
  await broker.start();
  const people = Array.from({ length: PEOPLE }, (_, n) => ({ email: `member${n}@example.com`, password: PASSWORD }));
  for (const pair of people) await Accounts.register(broker, pair, { meta: SOMEBODY });
  const passwordHash = await hashPassword(PASSWORD);
  let turn = 0;
  const inFlight = async (call: () => Promise<unknown>) =>
    (await keepInFlight(call, { inFlight: SIGN_INS_IN_FLIGHT, durationMs: ROUND_MS })).calls;
  await compare("sign-in", {
    "@node-rs/argon2 verify, bare": () => inFlight(() => verify(passwordHash, PASSWORD)),
    "accounts.login": () => inFlight(() => Accounts.login(broker, people[(turn += 1) % PEOPLE]!, { meta: SOMEBODY })),
  });
  await broker.stop();
  await store.close();
  await rm(directory, { recursive: true });
}

async function tokenChecks(): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { crv: "Ed25519", extractable: true });
  const key = (await importJWK(await exportJWK(publicKey), ALGORITHM)) as CryptoKey;
  const signer = accessSigner(async () => ({ kid: "bench", privateKey }));
  const claims = (n: number) => ({ accountId: `account ${n}`, roles: ["member"], sessionId: `session ${n}` });
  const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, n) => signer.sign(claims(n), Date.now())));
  const ended = endedTokens();
  const times = { atMs: 0, forgottenAtMs: Date.now() + 900_000 };
  ended.learn(Array.from({ length: ENDINGS }, (_, n) => ({ about: `ended ${n}`, ...times })));
  const edge = () => accessVerifier({ keys: { keyOf: async () => key }, isEnded: ended.isEnded });
  const seen = edge();
  const all = async (check: (token: string) => Promise<unknown>) => {
    for (const token of tokens) if (!(await check(token))) throw new Error("A good token was refused");
    return TOKENS;
  };
  const rules = { algorithms: [ALGORITHM], typ: TYPE, issuer: ISSUER, audience: AUDIENCE };
  await compare("access token", {
    "jose jwtVerify, bare": () => all((token) => jwtVerify(token, key, rules)),
    "ours, a token's first check": () => {
      const fresh = edge();
      return all((token) => fresh.verify(token));
    },
    "ours, the checks after it": () => all((token) => seen.verify(token)),
  });
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model.trim()}\n`);
await signIns();
await tokenChecks();
