import { Accounts } from "../../../services/accounts/accounts.contract.ts";
import { mailTo, mailsIn } from "../../outbox.ts";
import { logOf, openDesk, type Desk } from "./desk.ts";
import { Person } from "./second-factor/person.ts";
import { SoftAuthenticator } from "./second-factor/soft-authenticator.ts";

let desk: Desk;
beforeAll(async () => void (desk = await openDesk()));
afterAll(() => desk.close());

test("owners are told by letter and in their log of every change to their factors, and no secret in either", async () => {
  const person = await (await (await Person.signUp(desk)).proveAddress()).setAppUp();
  await person.stepUp(person.recoveryCodes[0]);
  const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
  const credential = new SoftAuthenticator("http://localhost:3000").create(options);
  const { id } = await Accounts.addPasskey(person.node, { token, name: "Laptop", credential }, person.calling);
  await Accounts.removePasskey(person.node, { id }, person.calling);
  const { recoveryCodes } = await Accounts.renewRecoveryCodes(person.node, {}, person.calling);
  await Accounts.removeTotp(person.node, {}, person.calling);

  const letters = await Promise.all(
    [
      "2단계 인증이 켜졌습니다",
      "복구 코드를 사용했습니다",
      "패스키가 추가되었습니다",
      "패스키가 삭제되었습니다",
      "복구 코드를 새로 발급했습니다",
      "2단계 인증이 꺼졌습니다",
    ].map((subject) => mailTo(desk.dataDir, person.email, subject)),
  );
  expect(letters[1]!.text).toContain("9개");
  expect(letters[2]!.text).toContain("Laptop");
  const log = ["totpEnabled", "recoveryCodeUsed", "passkeyAdded", "passkeyRemoved", "recoveryCodesRenewed"];
  expect(await person.log()).toEqual(expect.arrayContaining([...log, "totpRemoved", "steppedUp"]));

  const items = await logOf(desk.office, person.id);
  const told = JSON.stringify([mailsIn(desk.dataDir, person.email), items]);
  const secrets = [person.secret, ...person.recoveryCodes, ...recoveryCodes];
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
});
