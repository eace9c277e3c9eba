import type { PersonalRecord } from "../../../mixins/personal-data.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { again, member, openStand, priceModel, refusal, tucson, type Stand } from "./stand.ts";

let stand: Stand;
beforeEach(async () => void (stand = await openStand({ services: [priceModel()] })));
afterEach(() => stand.close());
const { personalData, publishCar, removeCar } = Listings;

/** All pages of what is told about a member. */
async function told(accountId: string): Promise<PersonalRecord[]> {
  const records: PersonalRecord[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await personalData(stand.broker, { accountId, ...(cursor && { cursor }) });
    records.push(...page.records);
    if (page.nextCursor === null) return records;
    cursor = page.nextCursor;
  }
}

test("a member's cars are told once each over all pages, and nobody else's", async () => {
  const [ada, bob] = [member(), member()];
  const offers = Array.from({ length: 120 }, (_, i) => publishCar(stand.broker, { ...tucson, title: `Car ${i}` }, ada));
  await Promise.all([...offers, publishCar(stand.broker, { ...tucson, title: "Of Bob" }, bob)]);
  const titles = (await told(ada.meta.accountId)).map(({ record }) => record.title);
  expect(titles.sort()).toEqual(Array.from({ length: 120 }, (_, i) => `Car ${i}`).sort());
  expect((await told(bob.meta.accountId)).map(({ record }) => record.title)).toEqual(["Of Bob"]);
});

test("a car that was taken off the market is told, for it is kept", async () => {
  const ada = member();
  const { id } = await publishCar(stand.broker, tucson, ada);
  await removeCar(stand.broker, { id }, ada);
  expect(await told(ada.meta.accountId)).toMatchObject([{ kind: "cars", record: { id, status: "deleted" } }]);
});

test("what only we know a car by is not told", async () => {
  const ada = member();
  await publishCar(stand.broker, tucson, again(ada, "a-key-of-ours"));
  const text = JSON.stringify(await told(ada.meta.accountId));
  expect(text).toMatch(/Tucson/);
  expect(text).not.toMatch(/onceKey|importKey|a-key-of-ours/);
});

test("who never offered anything is told nothing, and a cursor of elsewhere is refused", async () => {
  const { accountId } = member().meta;
  expect(await told(accountId)).toEqual([]);
  expect(await refusal(personalData(stand.broker, { accountId, cursor: "made up" }))).toBe("INVALID_INPUT");
});
