import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sqliteStore } from "../../../../mixins/collection/sqlite-store.ts";
import { openSigningKeys } from "../../../../services/accounts/sign-in/signing-keys.ts";
import { PRODUCT, run } from "../../../program.ts";

test("a process with another JWT_SECRET than its store's does not start, and says why without a stack", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "other-secret-"));
  const store = sqliteStore({ directory });
  await openSigningKeys(store.open, "the secret of this store", Date.now);
  await store.close();
  const env = { ROLES: "accounts", METRICS_PORT: "0", DATA_DIR: directory, JWT_SECRET: "another secret than that" };
  const { exitCode, out, err } = await run(PRODUCT, env).ended;
  expect(exitCode).toBe(1);
  expect(out).toContain("JWT_SECRET is not the secret that the signing keys in the store were sealed with");
  expect(out + err).not.toMatch(/\n? {4}at |another secret than that/);
  rmSync(directory, { recursive: true, force: true });
});
