import type { CallContext } from "../../../mixins/answer.ts";
import { internalAnswers } from "../../../services/accounts/for-services.ts";
import { lettersOf, openDesk, type Desk } from "./desk.ts";
import { person } from "./profiles/people.ts";

const letter = { kind: "exportReady", link: "https://example.com/x", expiresAt: "2026-01-01T00:00:00.000Z" } as const;

let desk: Desk;
let letters: ReturnType<typeof lettersOf>;
beforeAll(async () => {
  desk = await openDesk();
});
beforeEach(() => void (letters = lettersOf(desk.office)));
afterAll(() => desk.close());
const mailTo = (accountId: string) =>
  internalAnswers(() => desk.office).mailTo({ accountId, key: "export:1", letter }, {} as CallContext);

test("a letter goes to the member, in the member's language, under the key that was given", async () => {
  const minji = await person(desk, "minji", "member", { language: "en" });
  expect(await mailTo(minji.id)).toEqual({ language: "en" });
  expect(letters).toEqual([{ email: minji.email, language: "en", letter, key: "export:1" }]);
});

test("nobody gets one who has no address, is deleted or was never there", async () => {
  const gone = await person(desk, "gone.one");
  const account = (await desk.office.accounts.byId(gone.id))!;
  await desk.office.accounts.change(account, { email: null, status: "deleted" });
  for (const id of [gone.id, "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a"])
    expect(await mailTo(id)).toEqual({ language: null });
  expect(letters).toEqual([]);
});
