import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig, useConfig, type ConfigError } from "../moleculer.config.ts";

const faultsOf = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    return (error as ConfigError).faults;
  }
  return [];
};

describe("readConfig", () => {
  test("an empty environment gives the embedded product on port 3000", () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      publicUrl: "http://localhost:3000",
      natsUrl: undefined,
      mongoUrl: undefined,
      demo: true,
      rateLimits: true,
      marketCurrency: "KRW",
      logLevel: "warn",
    });
  });

  test.each(["https://market.example", "https://market.example/", "https://market.example//"])(
    "paths can be appended to %s",
    (PUBLIC_URL) => expect(readConfig({ PUBLIC_URL }).publicUrl).toBe("https://market.example"),
  );

  test("every fault is named at once", () => {
    const faults = faultsOf({
      PORT: "eighty",
      ROLES: "gateway,nobody",
      MONGO_URL: "localhost",
      TRUSTED_PROXIES: "10.0.0.0/8, nonsense",
      RATE_LIMITS: "maybe",
      FX_RATES: "KRW=2",
      CORS_ORIGINS: "https://app.example.com/",
      JWT_SECRET: "short",
    });
    const names = faults.map((fault) => fault.split(":")[0]);
    expect(names.sort()).toEqual(
      ["CORS_ORIGINS", "FX_RATES", "JWT_SECRET", "MONGO_URL", "PORT", "RATE_LIMITS", "ROLES", "TRUSTED_PROXIES"].sort(),
    );
  });

  test.each([
    ["65536", "PORT"],
    ["-1", "PORT"],
    ["3000.5", "PORT"],
  ])("%s is no %s", (value, name) => expect(faultsOf({ [name]: value })[0]).toMatch(name));

  test.each([
    ["mongodb://a:27017,b:27017/market?replicaSet=rs0", true],
    ["mongodb+srv://user:secret@cluster.example/market", true],
    ["mongodb://mongo:27017", false],
    ["mongodb://mongo/?replicaSet=rs0", false],
    ["http://mongo/market", false],
  ])("%s names hosts and a database: %s", (MONGO_URL, isGood) => {
    const read = () => readConfig({ MONGO_URL }).mongoUrl;
    if (isGood) expect(read()).toBe(MONGO_URL);
    else expect(read).toThrow("MONGO_URL");
  });

  test.each([
    ["redis://redis:6379/2", true],
    ["rediss://user:secret@redis.example", true],
    ["redis://redis:6379/sessions", false],
    ["http://redis:6379", false],
  ])("%s names a server and perhaps a database: %s", (REDIS_URL, isGood) => {
    const read = () => readConfig({ REDIS_URL }).redisUrl;
    if (isGood) expect(read()).toBe(REDIS_URL);
    else expect(read).toThrow("REDIS_URL");
  });

  test("lists are split and trimmed, rates are read", () => {
    expect(
      readConfig({
        ROLES: "gateway, search",
        CORS_ORIGINS: "https://a.example, https://b.example",
        FX_RATES: "KRW/GBP=0.00055, USD/GBP=0.79",
      }),
    ).toMatchObject({
      roles: ["gateway", "search"],
      corsOrigins: ["https://a.example", "https://b.example"],
      fxRates: { "KRW/GBP": 0.00055, "USD/GBP": 0.79 },
    });
  });

  test.each([
    ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "google"],
    ["KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET", "kakao"],
  ] as const)("%s and %s come together or not at all", (id, secret, client) => {
    expect(faultsOf({ [id]: "one" })).toEqual([`${secret}: ${id} needs it`]);
    expect(faultsOf({ [secret]: "two", [id]: "" })).toEqual([`${id}: ${secret} needs it`]);
    expect(readConfig({})[client]).toBeUndefined();
    expect(readConfig({ [id]: "one", [secret]: "two" })[client]).toEqual({ id: "one", secret: "two" });
  });

  test.each([
    ["the public address", {}, "Hallabong <no-reply@market.example>"],
    ["MAIL_FROM", { MAIL_FROM: "Market <hello@mail.example>" }, "Market <hello@mail.example>"],
  ])("mails come from who %s says", (_title, env, mailFrom) => {
    expect(readConfig({ PUBLIC_URL: "https://market.example", ...env }).mailFrom).toBe(mailFrom);
  });

  test("who mails come from is one address in one line", () => {
    for (const MAIL_FROM of ["nobody", "A <a@example.com>, b@example.com", "A <a@example.com>\r\nBcc: b@example.com"]) {
      expect(faultsOf({ MAIL_FROM })).toHaveLength(1);
    }
  });

  test("an empty variable counts as absent", () => {
    expect(readConfig({ PORT: "", MONGO_URL: "" })).toMatchObject({ port: 3000, mongoUrl: undefined });
  });

  test("production refuses embedded parts, weak secrets and absent limits", () => {
    const faults = faultsOf({
      PROFILE: "production",
      JWT_SECRET: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      RATE_LIMITS: "off",
    });
    for (const name of [
      ...["NATS_URL", "MONGO_URL", "ELASTICSEARCH_URL", "REDIS_URL"],
      ...["JWT_SECRET", "SMTP_URL", "PUBLIC_URL", "RATE_LIMITS"],
    ]) {
      expect(faults.some((fault) => fault.startsWith(`${name}:`))).toBe(true);
    }
    expect(readConfig({ ...production }).demo).toBe(false);
  });
});

const production = {
  PROFILE: "production",
  NATS_URL: "nats://nats:4222",
  MONGO_URL: "mongodb://mongo/hallabong",
  ELASTICSEARCH_URL: "http://elasticsearch:9200",
  REDIS_URL: "redis://redis:6379",
  JWT_SECRET: "0123456789abcdefghijklmnopqrstuvwxyz",
  SMTP_URL: "smtps://user:secret@mail.example:465",
  PUBLIC_URL: "https://market.example",
};

test("without JWT_SECRET one is made, kept private, and found again", () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const first = useConfig(readConfig({ DATA_DIR: dataDir })).jwtSecret;
  expect(first.length).toBeGreaterThanOrEqual(40);
  expect(useConfig(readConfig({ DATA_DIR: dataDir })).jwtSecret).toBe(first);
  expect(statSync(path.join(dataDir, "jwt-secret")).mode & 0o077).toBe(0);
});
