import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { carefulNewcomer, exportTokenOf, linkTokenOf, newcomer, PASSWORD } from "../people.ts";
import { secretOf } from "../services/accounts/second-factor/person.ts";
import { openWorld } from "../world.ts";

/** All that the stores' files hold; mails that wait for nobody to send them on are theirs who run the process. */
function storedIn(directory: string): Buffer {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return Buffer.concat(
    names.filter((name) => /\.sqlite/.test(name)).map((name) => readFileSync(path.join(directory, name))),
  );
}

test("whoever copies the stores finds people in them, and nothing to sign in with", async () => {
  const DATA_DIR = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const world = await openWorld({ env: { DATA_DIR, JWT_SECRET: "a secret that no store has, of many characters" } });
  const minji = await newcomer(world);
  const once = { "idempotency-key": "an-idempotency-key" };
  const again = await world.visitor().post("/accounts/login", { email: minji.email, password: PASSWORD }, once);
  await world.visitor().post("/accounts/password/reset", { email: minji.email });
  await minji.post("/accounts/me/export", {});
  const app = (await minji.post("/accounts/totp", {})).body.secret as string;
  const careful = await carefulNewcomer(world);
  const pair = { email: careful.email, password: PASSWORD };
  const pending = (await world.visitor().post("/accounts/login", pair)).body.token as string;
  const secrets = {
    password: PASSWORD,
    access: minji.access!,
    refresh: minji.refresh!,
    "refresh in an answer that is kept": again.body.refresh as string,
    "CSRF token": again.body.csrfToken as string,
    "link to verify": await linkTokenOf(world, minji.email!, /확인해 주세요/),
    "link to reset": await linkTokenOf(world, minji.email!, /재설정/),
    "link to an export": await exportTokenOf(world, minji.email!),
    "pending sign-in": pending,
    "secret of an app": app,
    "secret of an app in base64": secretOf(app).toString("base64url"),
    "secret of an app in hex": secretOf(app).toString("hex"),
    "recovery code": careful.recoveryCodes[0]!,
    "recovery code without its dash": careful.recoveryCodes[1]!.replace("-", ""),
    JWT_SECRET: "a secret that no store has",
  };
  await world.close();

  const stored = storedIn(DATA_DIR);
  expect(stored.includes(minji.email!)).toBe(true);
  expect(stored.includes(secretOf(app))).toBe(false);
  const found = Object.entries(secrets).filter(
    ([, secret]) => stored.includes(secret) || stored.includes(secretOfRefresh(secret)),
  );
  expect(found.map(([what]) => what)).toEqual([]);
  rmSync(DATA_DIR, { recursive: true });
});

/** A refresh token names its family, which is no secret; what follows is. */
const secretOfRefresh = (token: string) => token.split(".").at(-1)!;
