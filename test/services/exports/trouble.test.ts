import { randomBytes } from "node:crypto";
import { Errors } from "moleculer";
import { eventually } from "../../eventually.ts";
import { member, openBureau, type Bureau, type Member } from "./bureau.ts";

let bureau: Bureau;
afterEach(() => bureau.close());

const outOfOrder = () => {
  throw new Errors.ServiceNotFoundError({ action: "listings.personalData" });
};

/** Somebody with so many cars, each with incompressible words of so many bytes. */
function somebody(cars = 3, bytes = 100): Member {
  const who = member();
  bureau.held.accounts.set(who.meta.accountId, [{ kind: "profile", record: { name: "ada" } }]);
  const words = () => randomBytes(bytes).toString("base64");
  const offers = Array.from({ length: cars }, (_, i) => ({ kind: "cars", record: { number: i, words: words() } }));
  bureau.held.listings.set(who.meta.accountId, offers);
  return who;
}

test("while a service is down there is no export, and no part of one; then there is the whole", async () => {
  bureau = await openBureau();
  const who = somebody();
  let asked = 0;
  bureau.before = (service) => {
    if (service === "listings" && (asked += 1) > 1) outOfOrder();
  };
  const { id } = await bureau.ask(who);
  await eventually(() => expect(asked).toBeGreaterThan(4));
  expect([(await bureau.rows.byId(id))!.state, bureau.mails]).toEqual(["gathering", []]);
  bureau.before = () => {};
  await bureau.reached(who, "ready");
  const files = await bureau.download(bureau.tokenOf(who));
  expect(JSON.parse(files["listings/cars.json"]!)).toHaveLength(3);
});

test("a mail that cannot be sent is sent later, with a link that works", async () => {
  bureau = await openBureau();
  const who = somebody();
  let refused = 0;
  bureau.before = (service) => {
    if (service === "mail" && (refused += 1) < 4) outOfOrder();
  };
  await bureau.ask(who);
  await bureau.reached(who, "ready");
  expect(refused).toBeGreaterThanOrEqual(4);
  expect(bureau.mails).toHaveLength(1);
  expect(await bureau.download(bureau.tokenOf(who))).toHaveProperty(["README.txt"]);
});

test("a service that stays away makes the export fail and say so; asking again is allowed at once", async () => {
  bureau = await openBureau({ patience: { firstPauseMs: 1, longestPauseMs: 1, mostTries: 3 } });
  const who = somebody();
  bureau.before = outOfOrder;
  const first = await bureau.ask(who);
  expect(await bureau.reached(who, "failed")).toMatchObject({ id: first.id, reason: "servicesUnavailable" });
  bureau.before = () => {};
  expect((await bureau.ask(who)).id).not.toBe(first.id);
  await bureau.reached(who, "ready");
});

test("what is larger than an export may be fails with that reason and leaves nothing", async () => {
  bureau = await openBureau({ mostBytes: 50_000 });
  const who = somebody(100, 1000);
  const { id } = await bureau.ask(who);
  expect(await bureau.reached(who, "failed")).toMatchObject({ reason: "tooLarge", bytes: null });
  expect([await bureau.pieceCount(id), bureau.mails]).toEqual([0, []]);
});

test("a large export is kept in several pieces and comes out as it was", async () => {
  bureau = await openBureau();
  const who = somebody(40, 20_000);
  const { id } = await bureau.ask(who);
  const { bytes } = await bureau.reached(who, "ready");
  expect(await bureau.pieceCount(id)).toBe(Math.ceil(bytes! / 150_000));
  const cars = JSON.parse((await bureau.download(bureau.tokenOf(who)))["listings/cars.json"]!) as object[];
  expect(cars).toEqual(bureau.held.listings.get(who.meta.accountId)!.map(({ record }) => record));
});

test("an export whose process died before it noted the job is made by the next that starts", async () => {
  bureau = await openBureau({ clock: () => Date.now() });
  const who = somebody();
  await bureau.nodes[0]!.destroyService(bureau.nodes[0]!.getLocalService("exports"));
  const { id } = await bureau.rows.ask(who.meta.accountId, Date.now());
  await bureau.startAgain();
  expect((await bureau.reached(who, "ready")).id).toBe(id);
});

test("pieces of a process that died while it stored them are removed by the next one, and read by nobody", async () => {
  bureau = await openBureau();
  const who = somebody();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let wasAsked = false;
  bureau.before = (service) => {
    if (service !== "listings" || wasAsked) return;
    wasAsked = true;
    return held;
  };
  const { id } = await bureau.ask(who);
  await eventually(() => expect(wasAsked).toBe(true));
  // As another worker would that believes this one dead: it claims the row and stores what is not the whole.
  const stolen = (await bureau.rows.change((await bureau.rows.byId(id))!, { edition: "of another worker" }))!;
  await bureau.pieces.put(id, "of another worker", Buffer.from("half"));
  letGo();
  await bureau.reached(who, "ready");
  expect((await bureau.rows.byId(id))!.edition).not.toBe(stolen.edition);
  expect(await bureau.pieces.whole("of another worker", 1)).toBeUndefined();
  expect(await bureau.pieceCount(id)).toBe(1);
  expect(bureau.mails).toHaveLength(1);
});
