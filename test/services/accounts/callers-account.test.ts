import type { CallerMeta } from "../../../mixins/answer.ts";
import { Accounts } from "../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk, type Desk } from "./desk.ts";
import { person } from "./profiles/people.ts";
import { homeWith, somebody, vouchingFor } from "./providers/people.ts";

let desk: Desk;
beforeAll(async () => void (desk = await openDesk(1, { google: vouchingFor({ jiwoo: somebody("1", "j@x.kr") }) })));
afterAll(() => desk.close());
const node = () => desk.nodes[0]!;

type Asked = (who: { meta: CallerMeta }) => Promise<unknown>;
const ASKED: [string, Asked][] = [
  ["me", (who) => Accounts.me(node(), {}, who)],
  ["changePassword", (who) => Accounts.changePassword(node(), { password: "staple tangerine orchard" }, who)],
  ["sendVerification", (who) => Accounts.sendVerification(node(), {}, who)],
  ["changeEmail", (who) => Accounts.changeEmail(node(), { email: "new@example.com" }, who)],
  ["linkIdentity", (who) => Accounts.linkIdentity(node(), { provider: "google", ...homeWith("jiwoo") }, who)],
  ["unlinkIdentity", (who) => Accounts.unlinkIdentity(node(), { provider: "google" }, who)],
  ["stepUp", (who) => Accounts.stepUp(node(), { password: "pass phrase 271828" }, who)],
  ["enrolTotp", (who) => Accounts.enrolTotp(node(), {}, who)],
  ["approveExport", (who) => Accounts.approveExport(node(), {}, who)],
];

test.each(["suspended", "deleted"] as const)(
  "an access token that outlives its %s account opens nothing",
  async (status) => {
    const { id, as } = await person(desk, `some.${status}`);
    await desk.office.accounts.change((await desk.office.accounts.byId(id))!, { status });
    const answers = await Promise.all(ASKED.map(async ([name, ask]) => [name, await codeOf(ask(as))]));
    expect(answers).toEqual(ASKED.map(([name]) => [name, "UNAUTHENTICATED"]));
  },
);
