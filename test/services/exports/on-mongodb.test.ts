import { randomBytes } from "node:crypto";
import { mongoStore } from "../../../mixins/collection/mongo-store.ts";
import { AccountDeleted } from "../../../services/accounts/accounts.contract.ts";
import { startMongoDouble, type MongoDouble } from "../../doubles/mongo-wire.ts";
import { codeOf } from "../accounts/desk.ts";
import { member, openBureau, type Bureau } from "./bureau.ts";

let double: MongoDouble;
let bureau: Bureau;
beforeAll(async () => {
  double = await startMongoDouble();
  bureau = await openBureau({ nodes: 2, openStore: () => mongoStore({ url: double.url }) });
});
afterAll(async () => {
  await bureau?.close();
  await double?.close();
});

test("on MongoDB two nodes make one export of several pieces, and take it away with its member", async () => {
  const who = member();
  bureau.held.accounts.set(who.meta.accountId, [{ kind: "account", record: { name: "민지" } }]);
  const record = () => ({ words: randomBytes(20_000).toString("base64") });
  bureau.held.listings.set(
    who.meta.accountId,
    Array.from({ length: 20 }, () => ({ kind: "cars", record: record() })),
  );

  const asked = await Promise.all(Array.from({ length: 10 }, (_, i) => bureau.ask(who, i % 2)));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  await bureau.reached(who, "ready");
  const token = bureau.tokenOf(who);
  const files = await bureau.download(token);
  expect(JSON.parse(files["listings/cars.json"]!)).toEqual(
    bureau.held.listings.get(who.meta.accountId)!.map((kept) => kept.record),
  );
  expect(await bureau.pieceCount(asked[0]!.id)).toBeGreaterThan(1);

  await bureau.nodes[0]!.bus!.publish(AccountDeleted({ accountId: who.meta.accountId }));
  expect(await codeOf(bureau.download(token))).toBe("LINK_INVALID");
  expect(await bureau.pieceCount(asked[0]!.id)).toBe(0);
});
