import fc from "fast-check";
import type { Fact } from "../../../../mixins/contract.ts";
import { ListingPublished, ListingRemoved } from "../../../../services/listings/listings.contract.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { summaryOf, tallySubscriptions } from "../../../../services/accounts/profiles/tallies.ts";
import { openDesk, type Desk } from "../desk.ts";
import { person } from "./people.ts";

const NONE = { listings: 0, sales: 0, purchases: 0, trades: 0, posts: 0, comments: 0, likes: 0, reportsReceived: 0 };
const listingId = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a";

let desk: Desk;
beforeAll(async () => void (desk = await openDesk(2)));
afterAll(() => desk.close());

async function hear(fact: Fact): Promise<void> {
  const subscription = tallySubscriptions(() => desk.office).find(({ factName }) => factName === fact.name);
  await subscription!.handle(fact);
}

test("a newcomer has nothing of anything", async () => {
  const minji = await person(desk, "minji");
  expect(await Accounts.summary(desk.nodes[0]!, {}, minji.as)).toEqual(NONE);
});

test("what is published and not removed counts, however often and in whatever order facts come again", async () => {
  let people = 0;
  const events = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(events, fc.infiniteStream(fc.nat()), async (given, chances) => {
      const sellerId = `0193b5a0-7d3c-7c3e-9f5e-${String((people += 1)).padStart(12, "0")}`;
      const deliveries = given.flatMap(([published, times]) => {
        const fact = (published ? ListingPublished : ListingRemoved)({ listingId, sellerId });
        return Array.from({ length: times }, () => ({ fact, chance: chances.next().value! }));
      });
      const inSomeOrder = deliveries.toSorted((a, b) => a.chance - b.chance);
      await Promise.all(inSomeOrder.map(({ fact }) => hear(fact)));
      const published = given.filter(([isPublished]) => isPublished).length;
      const { listings } = summaryOf(await desk.office.tallies.of(sellerId));
      expect(listings).toBe(Math.max(0, published - (given.length - published)));
    }),
    { numRuns: 40 },
  );
});

test("each member has counts of their own, the same on every node", async () => {
  const [one, two] = [await person(desk, "one.one"), await person(desk, "two.two")];
  for (const sellerId of [one.id, one.id, two.id]) await hear(ListingPublished({ listingId, sellerId }));
  expect(await Accounts.summary(desk.nodes[0]!, {}, one.as)).toEqual({ ...NONE, listings: 2 });
  expect(await Accounts.summary(desk.nodes[1]!, {}, two.as)).toEqual({ ...NONE, listings: 1 });
});
