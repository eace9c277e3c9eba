import { Accounts } from "../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../services/accounts/accounts.store.ts";
import { FRESH_MS } from "../../../services/accounts/second-factor/step-up.ts";
import { codeOf, logOf, openDesk, type Desk } from "./desk.ts";
import { person } from "./profiles/people.ts";

let desk: Desk;
beforeAll(async () => void (desk = await openDesk()));
afterAll(() => desk.close());

/** Somebody who has just signed in. */
async function somebody(name: string, { isVerified }: { isVerified: boolean }) {
  const { id, as } = await person(desk, name);
  const emailVerifiedAt = isVerified ? new Date(desk.clock.nowMs).toISOString() : null;
  await changeAccount(desk.office.accounts, id, () => ({ emailVerifiedAt }));
  return { meta: { ...as.meta, accountId: id } };
}
const approve = (who: object) => codeOf(Accounts.approveExport(desk.nodes[0]!, {}, who));
const asked = async (accountId: string) =>
  (await logOf(desk.office, accountId)).filter(({ what }) => what === "exportAsked").length;

test("who proved just now who they are may have their data, and it is noted", async () => {
  const who = await somebody("ada.one", { isVerified: true });
  expect([await approve(who), await asked(who.meta.accountId)]).toEqual([{ result: null }, 1]);
});

test("who proved it long ago, or in a session of somebody else, must prove it again", async () => {
  const who = await somebody("bob.one", { isVerified: true });
  const { sessionId } = (await somebody("carol", { isVerified: true })).meta;
  expect(await approve({ meta: { ...who.meta, sessionId } })).toBe("STEP_UP_REQUIRED");
  desk.clock.nowMs += FRESH_MS + 1;
  expect([await approve(who), await asked(who.meta.accountId)]).toEqual(["STEP_UP_REQUIRED", 0]);
});

test("nothing is sent to an address that nobody has shown to be theirs", async () => {
  const who = await somebody("eve.one", { isVerified: false });
  expect([await approve(who), await asked(who.meta.accountId)]).toEqual(["ADDRESS_NOT_VERIFIED", 0]);
});
