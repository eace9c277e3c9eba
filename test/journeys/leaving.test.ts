import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Accounts } from "../../services/accounts/accounts.contract.ts";
import { eventually } from "../eventually.ts";
import { openWorld, type Client, type World } from "../world.ts";

const car = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32000, fuelType: "Petrol", transmission: "Manual" },
  ...{ engineSize: 1.6, price: 14500, title: "Zelkova Tucson" },
};
const told = (name: string) => ({ username: name, location: `${name}-si`, gender: name, phone: "+82 77 7777 7777" });
const PASSWORD = "pass phrase 271828";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

/** Somebody whose name is in all that they tell. */
async function newcomer(name: string): Promise<Client> {
  const client = world.visitor();
  const { body } = await client.post("/accounts/registration", {
    ...told(name),
    handle: name,
    email: `${name}@example.com`,
    password: PASSWORD,
  });
  client.access = body.access;
  client.account = body.user;
  return client;
}

/** Every row of a service's file that has one of these words in it. */
function rowsWith(service: string, words: RegExp): string[] {
  const file = new DatabaseSync(path.join(world.dataDir, `${service}.sqlite`), { readOnly: true });
  try {
    const tables = file.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables.flatMap(({ name }) =>
      file
        .prepare(`SELECT * FROM "${String(name)}"`)
        .all()
        .map((row) => `${String(name)}: ${JSON.stringify(row)}`)
        .filter((row) => words.test(row)),
    );
  } finally {
    file.close();
  }
}

test("who leaves is gone everywhere: signed out, off the market, out of the search, out of the store", async () => {
  const minji = await newcomer("zelkova");
  const email = "zelkova@example.com";
  const { body: offered } = await minji.post("/cars", { ...car, description: "Call zelkova", region: "Zelkova-si" });
  await minji.patch(`/accounts/users/zelkova`, {
    newHandle: "zelkova.kim",
    bio: "Zelkova",
    links: ["https://zelkova.test"],
  });
  await minji.post("/accounts/devices", { name: "Zelkova's phone", token: "fcm:zelkova" });
  const { body: other } = await world.visitor().post("/accounts/login", { email: email, password: PASSWORD });
  expect(rowsWith("accounts", /zelkova/i).length).toBeGreaterThan(2);

  expect((await minji.delete("/accounts/users/zelkova.kim")).status).toBe(204);

  const visitor = world.visitor();
  for (const handle of ["zelkova", "zelkova.kim"]) {
    expect(await visitor.get(`/accounts/users/${handle}`)).toMatchObject({
      status: 404,
      body: { code: "USER_NOT_FOUND" },
    });
  }
  expect((await visitor.post("/accounts/token/refresh", { refresh: other.refresh })).status).toBe(401);
  expect((await visitor.post("/accounts/login", { email: email, password: PASSWORD })).status).toBe(401);
  await eventually(async () => {
    expect((await minji.get("/accounts/me")).status).toBe(401);
    expect((await visitor.get(`/cars/${offered.id}`)).status).toBe(404);
    expect((await visitor.get("/cars/search?q=tucson")).body.items).toEqual([]);
    const rows = rowsWith("accounts", /zelkova|7777 7777|127\.0\.0\.1/i);
    // Nobody may pose as who has left, so the handles wait for 30 days, under no account's id.
    expect(rows.filter((row) => !row.startsWith("formerHandle: "))).toEqual([]);
    expect(rows.join()).not.toContain(minji.account!.id);
    expect(rowsWith("listings", /zelkova/i)).toEqual([]);
  });
});

test("the address is free for somebody new, the handle is not yet", async () => {
  const minji = await newcomer("maple");
  expect((await minji.delete("/accounts/users/maple")).status).toBe(204);
  const pair = { email: "maple@example.com", password: PASSWORD };
  const taken = await world.visitor().post("/accounts/registration", { ...pair, handle: "maple" });
  expect(taken.body).toMatchObject({ code: "HANDLE_TAKEN" });
  const again = { account: (await world.visitor().post("/accounts/registration", pair)).body.user };
  expect(again.account!.id).not.toBe(minji.account!.id);
});

test("other members leave nobody's account but their own", async () => {
  const [minji, other] = [await newcomer("hazel"), await newcomer("other")];
  expect(await other.delete("/accounts/users/hazel")).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  expect((await world.visitor().delete("/accounts/users/hazel")).status).toBe(401);
  expect((await minji.get("/accounts/me")).status).toBe(200);
});

test("what a member has is told in pages, every kind of it, and no secret", async () => {
  const minji = await newcomer("willow");
  await minji.patch(`/accounts/users/willow`, { newHandle: "willow.kim" });
  await minji.post("/accounts/devices", { name: "Willow's phone", token: "fcm:willow" });
  const records: { kind: string; record: Record<string, unknown> }[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const accountId = minji.account!.id;
    const page = await Accounts.personalData(world.broker, { accountId, ...(cursor && { cursor }) });
    records.push(...page.records);
    cursor = page.nextCursor;
  }
  const of = (kind: string) => records.filter((one) => one.kind === kind).map(({ record }) => record);
  expect(of("account")).toMatchObject([
    { ...told("willow"), email: "willow@example.com", handle: "willow.kim", status: "active" },
  ]);
  expect(of("sign-ins")).toMatchObject([{ ip: expect.stringContaining("127.0.0.1"), proofs: ["password"] }]);
  expect(of("security-events").map(({ what }) => what)).toEqual(expect.arrayContaining(["signedIn", "handleChanged"]));
  expect(of("devices")).toMatchObject([{ name: "Willow's phone", token: "fcm:willow" }]);
  expect(of("former-handles")).toMatchObject([{ handle: "willow" }]);
  expect(of("counts")).toMatchObject([{ listings: 0 }]);
  expect(JSON.stringify(records)).not.toMatch(/argon2|salt|passwordHash|publicKey|generation/);
  const strange = Accounts.personalData(world.broker, { accountId: minji.account!.id, cursor: "constructor:1" });
  await expect(strange).rejects.toMatchObject({ type: "INVALID_INPUT" });
});
