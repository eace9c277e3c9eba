import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../eventually.ts";
import { PRODUCT, run } from "../program.ts";
import { freePort } from "../servers.ts";

const SECRET = "a signing key of thirty-two bytes";
const PASSWORD = "the-password-of-nobody";
const COOKIE = "session-value-of-a-cookie";
const LINK_TOKEN = "a-token-of-a-link-in-a-mail-of-43-characters".slice(0, 43);
const CREDENTIALS = "operator:redis-password";

test("at its most talkative the log holds JSON lines only, and none of the secrets that came by", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const port = await freePort();
  const { child, ran, ended } = run(PRODUCT, {
    ...{ PORT: `${port}`, METRICS_PORT: "0", DATA_DIR: directory, DEMO: "off", LOG_LEVEL: "trace", JWT_SECRET: SECRET },
    // Nobody answers there: the client complains, and it knows the password.
    REDIS_URL: `redis://${CREDENTIALS}@127.0.0.1:${await freePort()}`,
  });
  const api = `http://127.0.0.1:${port}/api`;
  await eventually(async () => expect((await fetch(`${api}/health/live`)).status).toBe(200), 120_000);

  const post = async (to: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(api + to, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const who = JSON.stringify({ email: "ada@example.com", password: PASSWORD });
  const { body: signedIn } = await post("/accounts/registration", who);
  const wrong = JSON.stringify({ email: "ada@example.com", password: `${PASSWORD}-wrong` });
  expect((await post("/accounts/login", wrong)).status).toBe(401);
  const headers = { authorization: `Bearer ${signedIn.access}x`, cookie: `access=${COOKIE}` };
  expect((await fetch(`${api}/accounts/me`, { headers })).status).toBe(401);
  expect((await post("/accounts/token/refresh", `{"refresh":"${signedIn.refresh}x"}`)).status).toBe(401);
  expect((await post("/accounts/login", `{"password":"${PASSWORD}" broken`)).status).toBe(400);
  await fetch(`${api}/cars?access_token=${signedIn.access}`, { method: "POST", headers });
  expect((await fetch(`${api}/accounts/exports/download?token=${LINK_TOKEN}`)).status).toBe(410);
  child.kill("SIGTERM");
  expect((await ended).exitCode).toBe(0);

  const lines = ran.out.split("\n").filter((line) => line.startsWith("{"));
  expect(lines.length).toBeGreaterThan(50);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), msg: expect.any(String) });
  const secrets = [
    SECRET,
    PASSWORD,
    COOKIE,
    LINK_TOKEN,
    CREDENTIALS,
    "redis-password",
    signedIn.access!,
    signedIn.refresh!,
    signedIn.csrfToken!,
  ];
  expect(secrets.filter((secret) => (ran.out + ran.err).includes(secret))).toEqual([]);
  rmSync(directory, { recursive: true });
});
