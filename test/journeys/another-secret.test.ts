import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { carefulNewcomer, newcomer, newPasskey, PASSWORD } from "../people.ts";
import { openWorld } from "../world.ts";

test("after JWT_SECRET has leaked, another one signs everybody out, and lets them in again by what is theirs", async () => {
  const DATA_DIR = mkdtempSync(path.join(tmpdir(), "hallabong-"));
  const roles = ["accounts", "gateway"];
  const before = await openWorld({ roles, env: { DATA_DIR, JWT_SECRET: "the secret that leaked, one day in May" } });
  const minji = await newcomer(before);
  await newPasskey(minji);
  const careful = await carefulNewcomer(before);
  await before.close();

  // As the README tells operators.
  const file = new DatabaseSync(path.join(DATA_DIR, "accounts.sqlite"));
  file.exec("DELETE FROM signingKey");
  file.close();

  const after = await openWorld({ roles, env: { DATA_DIR, JWT_SECRET: "the secret that nobody knows as of now" } });
  const visitor = after.visitor();
  const old = await visitor.get("/accounts/me", { authorization: `Bearer ${minji.access}` });
  expect([old.status, old.body.code]).toEqual([401, "UNAUTHENTICATED"]);
  expect((await visitor.post("/accounts/token/refresh", { refresh: minji.refresh })).body.code).toBe("INVALID_TOKEN");

  const again = await visitor.post("/accounts/login", { email: minji.email, password: PASSWORD });
  expect(again.status).toBe(200);
  const factors = await visitor.get("/accounts/second-factors", { authorization: `Bearer ${again.body.access}` });
  expect(factors.body.passkeys).toHaveLength(1);

  const { token } = (await visitor.post("/accounts/login", { email: careful.email, password: PASSWORD })).body;
  const answer = await visitor.post("/accounts/login/second-factor", { token, code: careful.recoveryCodes[0] });
  expect(answer.status).toBe(200);
  await after.close();
  rmSync(DATA_DIR, { recursive: true });
});
