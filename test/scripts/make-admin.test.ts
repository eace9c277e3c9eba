import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { mongoStore } from "../../mixins/collection/mongo-store.ts";
import { openAccountsStore } from "../../services/accounts/accounts.store.ts";
import { newAccount } from "../../services/accounts/credentials/registration.ts";
import { startMongoDouble } from "../doubles/mongo-wire.ts";
import { eventually } from "../eventually.ts";
import { run } from "../program.ts";
import { openWorld } from "../world.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(path.join(tmpdir(), "make-admin-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const makeAdmin = (env: Record<string, string>, ...args: string[]) =>
  run(["scripts/make-admin.ts", ...args], { DATA_DIR: directory, ...env }).ended;

test("while the market runs, a member becomes an admin at the next refresh, and the token of before has ended", async () => {
  const world = await openWorld({ roles: ["accounts", "gateway"], env: { DATA_DIR: directory } });
  try {
    const [minji, other] = [world.visitor(), await world.member("other")];
    const pair = { email: "Minji@Example.com", password: "pass phrase 271828", handle: "minji" };
    const { body } = await minji.post("/accounts/registration", pair);
    minji.access = body.access;
    const promote = () => minji.patch(`/accounts/users/${other.account!.handle}/role`, { role: "moderator" });
    expect((await promote()).status).toBe(403);

    const { out, err, exitCode } = await makeAdmin({}, "minji@example.com");
    expect({ out, exitCode }).toEqual({ out: "minji (minji@example.com) is an admin now\n", exitCode: 0 });
    expect(err).toContain("Nobody has verified this address");

    await eventually(async () => expect((await minji.get("/accounts/me")).status).toBe(401));
    minji.access = undefined;
    minji.access = (await minji.post("/accounts/token/refresh", { refresh: body.refresh })).body.access;
    await eventually(async () => expect((await promote()).status).toBe(200));
    const { items } = (await minji.get("/accounts/security-events")).body;
    expect(items.map(({ what }: { what: string }) => what)).toContain("roleChanged");
  } finally {
    await world.close();
  }
});

test("it works on MongoDB and while nothing runs, and again", async () => {
  const double = await startMongoDouble();
  const store = mongoStore({ url: double.url });
  try {
    const accounts = await openAccountsStore(store.open);
    const verified = { email: "minji@example.com", emailVerifiedAt: "2026-01-01T00:00:00.000Z" };
    await accounts.add({ ...newAccount({}), ...verified, handle: "minji" });
    for (let time = 0; time < 2; time += 1) {
      const ran = await makeAdmin({ MONGO_URL: double.url }, "minji@example.com");
      expect(ran).toEqual({ exitCode: 0, out: "minji (minji@example.com) is an admin now\n", err: "" });
    }
    expect(await accounts.byHandle("minji")).toMatchObject({ role: "admin", rev: 2 });
  } finally {
    await store.close();
    await double.close();
  }
});

test.each([
  ["no address", [], "Name one e-mail address; --help tells more"],
  ["two addresses", ["a@example.com", "b@example.com"], "Name one e-mail address; --help tells more"],
  ["an option that it does not know", ["--role"], "Unknown option '--role'"],
  ["an address of nobody", ["nobody@example.com"], "No account has the address nobody@example.com; register it first"],
])("%s is refused in one line", async (_, args, line) => {
  const { exitCode, out, err } = await makeAdmin({}, ...args);
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err).toMatch(/^[^\n]+\n$/);
  expect(err).toContain(line);
});

test("a bad setting is refused without a stack", async () => {
  const { exitCode, err } = await makeAdmin({ MONGO_URL: "nonsense" }, "minji@example.com");
  expect(exitCode).toBe(1);
  expect(err).toContain("MONGO_URL");
  expect(err).not.toMatch(/\n\s+at /);
});

test("a suspended member becomes none", async () => {
  const world = await openWorld({ roles: ["accounts"], env: { DATA_DIR: directory } });
  const { config } = await import("../../moleculer.config.ts");
  const accounts = await openAccountsStore(config().store.open);
  await accounts.add({ ...newAccount({}), email: "bad@example.com", handle: "bad.one", status: "suspended" });
  await world.close();
  const { exitCode, err } = await makeAdmin({}, "bad@example.com");
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: "The account of bad@example.com is suspended\n" });
});

test("--help tells how", async () => {
  const { exitCode, out } = await makeAdmin({}, "--help");
  expect(exitCode).toBe(0);
  expect(out).toContain("npm run accounts:make-admin -- EMAIL");
});
