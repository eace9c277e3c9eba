import { eventually } from "../eventually.ts";
import { openWorld, type World } from "../world.ts";

const car = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32000, fuelType: "Petrol", transmission: "Manual" },
  ...{ engineSize: 1.6, price: 14500 },
};

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

test("a member edits the profile by its ETag, and others see it", async () => {
  const minji = await world.member("minji");
  const at = `/accounts/users/${minji.account!.handle}`;
  const seen = await world.visitor().get(at);
  expect(seen.status).toBe(200);
  const tag = seen.headers.get("etag")!;
  expect(tag).toMatch(/^"1-/);

  const edited = await minji.patch(at, { bio: "Cars", username: "민지", phone: "+82 10 1234" }, { "if-match": tag });
  expect(edited).toMatchObject({ status: 200, body: { bio: "Cars", version: 2, phone: "+82 10 1234" } });
  const outdated = await minji.patch(at, { bio: "Other" }, { "if-match": tag });
  expect(outdated).toMatchObject({ status: 412, body: { code: "VERSION_CONFLICT" } });
  const again = await minji.patch(at, { bio: null }, { "if-match": edited.headers.get("etag")! });
  expect(again).toMatchObject({ status: 200, body: { bio: null, username: "민지" } });

  const { body } = await world.visitor().get(at);
  expect(body).toMatchObject({ username: "민지", bio: null, version: 3 });
  for (const secret of ["email", "phone", "birthdate", "gender", "role"]) expect(body).not.toHaveProperty(secret);

  const replaced = await minji.send("PUT", at, { body: { bio: "Only this" } });
  expect(replaced).toMatchObject({ status: 200, body: { bio: "Only this", username: null, phone: null } });
});

test("a private profile shows its card to strangers and members", async () => {
  const [minji, other] = [await world.member("private"), await world.member("other")];
  const at = `/accounts/users/${minji.account!.handle}`;
  await minji.patch(at, { isPublic: false, bio: "Secret", location: "Jeju", username: "P" });
  for (const who of [world.visitor(), other]) {
    const { status, body } = await who.get(at);
    expect(status).toBe(200);
    expect(body).toMatchObject({ username: "P", isPublic: false, bio: null, location: null, memberSince: null });
  }
  expect((await minji.get(at)).body).toMatchObject({ bio: "Secret", location: "Jeju" });
});

test("a handle is changed, and the old address leads to the new one", async () => {
  const minji = await world.member("mover");
  const { handle } = minji.account!;
  const moved = `moved.${handle.slice(-4)}`;
  expect((await minji.patch(`/accounts/users/${handle}`, { newHandle: moved })).status).toBe(200);
  const answer = await world.visitor().get(`/accounts/users/${handle}`);
  expect(answer).toMatchObject({ status: 307, body: { handle: moved } });
  expect(answer.headers.get("location")).toBe(`/api/accounts/users/${moved}`);
  const followed = await fetch(`${world.url}/api/accounts/users/${handle}`);
  expect(await followed.json()).toMatchObject({ id: minji.account!.id, handle: moved });
  const taken = await world.visitor().post("/accounts/registration", {
    ...{ email: "quick@example.com", password: "pass phrase 271828", handle },
  });
  expect(taken).toMatchObject({ status: 409, body: { code: "HANDLE_TAKEN" } });
});

test("members are found by name, page by page, and not by strangers", async () => {
  const [minji, seeker] = [await world.member("findme"), await world.member("seeker")];
  await minji.patch(`/accounts/users/${minji.account!.handle}`, { username: "찾을 사람" });
  const { status, body } = await seeker.get(`/accounts/users?search=${encodeURIComponent("찾을")}&size=5`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ items: [{ id: minji.account!.id, username: "찾을 사람" }], total: 1, page: 1, size: 5 });
  expect((await world.visitor().get("/accounts/users?search=x")).status).toBe(401);
  expect(await seeker.get("/accounts/users?size=21")).toMatchObject({ status: 422, body: { code: "INVALID_INPUT" } });
  expect(await seeker.get("/accounts/users?page=600")).toMatchObject({ status: 422, body: { code: "DEEP_PAGING" } });
});

test("the own page counts what is on sale, by facts", async () => {
  const minji = await world.member("seller");
  const listings = async () => (await minji.get("/accounts/me/summary")).body.listings;
  expect(await listings()).toBe(0);
  const offered = await Promise.all([1, 2, 3].map((n) => minji.post("/cars", { ...car, price: 10_000 + n })));
  await eventually(async () => expect(await listings()).toBe(3));
  await minji.patch(`/cars/${offered[0]!.body.id}`, { price: 9000 });
  await minji.delete(`/cars/${offered[0]!.body.id}`);
  await eventually(async () => expect(await listings()).toBe(2));
});

test("devices come and go", async () => {
  const minji = await world.member("gadgets");
  const phone = { name: "Phone", token: "fcm:abc" };
  const added = await minji.post("/accounts/devices", phone);
  expect(added).toMatchObject({ status: 201, body: phone });
  expect(await minji.post("/accounts/devices", phone)).toMatchObject({ status: 409, body: { code: "DEVICE_KNOWN" } });
  expect((await minji.get("/accounts/devices")).body.devices).toEqual([added.body]);
  expect((await minji.delete(`/accounts/devices/${added.body.id}`)).status).toBe(204);
  expect((await minji.get("/accounts/devices")).body.devices).toEqual([]);
});
