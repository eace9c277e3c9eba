import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { person, type Person } from "./people.ts";

let desk: Desk;
let nodes: ServiceBroker[];
let minji: Person;
let other: Person;
beforeAll(async () => {
  desk = await openDesk(2);
  nodes = desk.nodes;
});
afterAll(() => desk.close());
let count = 0;
beforeEach(async () => {
  count += 1;
  [minji, other] = [await person(desk, `minji${count}`), await person(desk, `other${count}`)];
});
const PHONE = { name: "Phone", token: "fcm:abc" };
const add = (device: object, who = minji, node = nodes[0]!) =>
  codeOf(Accounts.addDevice(node, device as typeof PHONE, who.as));
const list = async (who = minji) => (await Accounts.devices(nodes[1]!, {}, who.as)).devices;

test("a device is added, listed and forgotten", async () => {
  const phone = await Accounts.addDevice(nodes[0]!, PHONE, minji.as);
  const laptop = await Accounts.addDevice(nodes[0]!, { name: "Laptop", token: "wp:1" }, minji.as);
  expect(phone).toMatchObject(PHONE);
  expect(await list()).toEqual([phone, laptop]);
  await Accounts.removeDevice(nodes[1]!, { id: phone.id }, minji.as);
  expect(await list()).toEqual([laptop]);
  expect(await codeOf(Accounts.removeDevice(nodes[0]!, { id: phone.id }, minji.as))).toBe("DEVICE_NOT_FOUND");
  expect(await add(PHONE)).toMatchObject({ result: PHONE });
});

test("the same one again is known, on two nodes at once, too; with another name or member it is another", async () => {
  const outcomes = await Promise.all([add(PHONE), add(PHONE, minji, nodes[1])]);
  expect(outcomes.filter((outcome) => outcome === "DEVICE_KNOWN")).toHaveLength(1);
  expect(await add(PHONE)).toBe("DEVICE_KNOWN");
  expect(await add({ ...PHONE, name: "New phone" })).toMatchObject({ result: {} });
  expect(await add(PHONE, other)).toMatchObject({ result: {} });
  expect(await list()).toHaveLength(2);
});

test("nobody forgets somebody else's", async () => {
  const { id } = await Accounts.addDevice(nodes[0]!, PHONE, minji.as);
  expect(await codeOf(Accounts.removeDevice(nodes[0]!, { id }, other.as))).toBe("DEVICE_NOT_FOUND");
  expect(await list()).toHaveLength(1);
  expect(await list(other)).toEqual([]);
});

test("none is left of an account that is deleted while one is added", async () => {
  await desk.office.accounts.change((await desk.office.accounts.byId(minji.id))!, { status: "deleted" });
  expect(await add(PHONE)).toBe("UNAUTHENTICATED");
  expect(await desk.office.devices.of(minji.id)).toEqual([]);
});

test("an account has twenty at most, however many are added at once", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, n) => add({ name: "Phone", token: `t${n}` }, minji, nodes[n % 2])),
  );
  expect(outcomes.filter((outcome) => outcome === "TOO_MANY_DEVICES")).toHaveLength(10);
  expect(await list()).toHaveLength(20);
  const [first] = await list();
  await Accounts.removeDevice(nodes[0]!, { id: first!.id }, minji.as);
  expect(await add({ name: "Phone", token: "last" })).toMatchObject({ result: {} });
});
