import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { look, person, type Person } from "./people.ts";

const DAY_MS = 24 * 3600_000;

let desk: Desk;
let nodes: ServiceBroker[];
let minji: Person;
let other: Person;
beforeEach(async () => {
  desk = await openDesk(2);
  nodes = desk.nodes;
  [minji, other] = [await person(desk, "minji"), await person(desk, "other")];
});
afterEach(() => desk.close());
const rename = (who: Person, handle: string, newHandle: string, node = nodes[0]!) =>
  codeOf(Accounts.editUser(node, { handle, newHandle }, who.as));
const register = (handle: string) =>
  codeOf(
    Accounts.register(nodes[0]!, { email: `${Math.random()}@example.com`, password: "pass phrase 271828", handle }),
  );

test("a handle that was changed leads to the new one for 30 days, and further changes do, too", async () => {
  await rename(minji, "minji", "minji.k");
  const moved = { seen: { handle: "minji.k" }, status: 307, location: "/api/accounts/users/minji.k" };
  expect(await look(nodes[1]!, "minji")).toEqual(moved);
  await rename(minji, "minji.k", "minji.kim");
  expect(await look(nodes[1]!, "minji")).toMatchObject({ location: "/api/accounts/users/minji.kim" });
  desk.clock.nowMs += 30 * DAY_MS - 1000;
  expect(await look(nodes[1]!, "minji")).toMatchObject({ status: 307 });
  desk.clock.nowMs += 1000;
  expect(await codeOf(Accounts.user(nodes[1]!, { handle: "minji" }))).toBe("USER_NOT_FOUND");
});

test("it is nobody else's to take in that time, by registration or change; then it is", async () => {
  await rename(minji, "minji", "minji.k");
  expect(await register("minji")).toBe("HANDLE_TAKEN");
  expect(await rename(other, "other", "minji")).toBe("HANDLE_TAKEN");
  expect(await look(nodes[0]!, "other")).toMatchObject({ seen: { id: other.id, version: 1 } });
  desk.clock.nowMs += 30 * DAY_MS;
  expect(await rename(other, "other", "minji")).toMatchObject({ result: { handle: "minji" } });
  expect(await look(nodes[0]!, "minji")).toMatchObject({ seen: { id: other.id } });
});

test("its former owner takes it back, and the one in between is kept", async () => {
  await rename(minji, "minji", "minji.k");
  expect(await rename(minji, "minji.k", "minji")).toMatchObject({ result: { handle: "minji", version: 3 } });
  expect(await look(nodes[0]!, "minji")).toMatchObject({ seen: { id: minji.id } });
  expect(await look(nodes[0]!, "minji.k")).toMatchObject({ location: "/api/accounts/users/minji" });
});

test("of two members who want one handle at once one gets it, and loses nothing by asking again", async () => {
  const outcomes = await Promise.all([
    rename(minji, "minji", "wanted", nodes[0]!),
    rename(other, "other", "wanted", nodes[1]!),
  ]);
  expect(outcomes.filter((outcome) => outcome === "HANDLE_TAKEN")).toHaveLength(1);
  const [winner, loser] = outcomes[0] === "HANDLE_TAKEN" ? [other, minji] : [minji, other];
  expect(await look(nodes[0]!, "wanted")).toMatchObject({ seen: { id: winner.id } });
  expect(await look(nodes[0]!, loser.handle)).toMatchObject({ seen: { id: loser.id } });
  expect(await look(nodes[0]!, winner.handle)).toMatchObject({ status: 307 });
});

test("a handle that is wanted while its owner gives it up never passes to others", async () => {
  for (let round = 0; round < 10; round += 1) {
    const [from, to] = round % 2 === 0 ? ["minji", "minji.k"] : ["minji.k", "minji"];
    await Promise.all([
      rename(minji, from!, to!, nodes[0]!),
      register(from!),
      rename(other, "other", from!, nodes[1]!),
    ]);
    expect(await look(nodes[0]!, from!)).toMatchObject({ location: `/api/accounts/users/${to}` });
    expect(await look(nodes[0]!, "other")).toMatchObject({ seen: { id: other.id } });
  }
});

test("whoever was quick enough to take it before it was seen to be kept gives it back", async () => {
  // As if the look before the write had come too early: the reservation shows only afterwards.
  const { accounts } = desk.office;
  const looks = [undefined, minji.id];
  jest.spyOn(accounts.formerHandles, "keptFor").mockImplementation(async () => looks.shift());
  const read = (await accounts.byId(other.id))!;
  await expect(accounts.change(read, { handle: "free.one", bio: "x" })).rejects.toMatchObject({ type: "HANDLE_TAKEN" });
  expect(await accounts.byId(other.id)).toMatchObject({ handle: "other", bio: null });
  looks.push(undefined, minji.id);
  const { id: _id, ...fields } = read;
  await expect(accounts.add({ ...fields, email: "new@example.com", handle: "free.one" })).rejects.toMatchObject({
    type: "HANDLE_TAKEN",
  });
  expect(await accounts.byEmail("new@example.com")).toBeUndefined();
});

test("a reservation without its change, as a killed process leaves it, harms nobody", async () => {
  await desk.office.accounts.formerHandles.keep("minji", minji.id);
  expect(await look(nodes[0]!, "minji")).toMatchObject({ seen: { id: minji.id } });
  expect(await rename(minji, "minji", "minji.k")).toMatchObject({ result: { handle: "minji.k" } });
});

test("five are kept for a member at once; a sixth change waits until the first of them is free", async () => {
  for (let n = 0; n < 5; n += 1) {
    desk.clock.nowMs += 1000;
    expect(await rename(minji, n === 0 ? "minji" : `minji.${n - 1}`, `minji.${n}`)).toHaveProperty("result");
  }
  expect(await rename(minji, "minji.4", "minji.5")).toBe("TOO_MANY_HANDLE_CHANGES");
  expect(await look(nodes[0]!, "minji.4")).toMatchObject({ seen: { id: minji.id } });
  const kept = async () => (await desk.office.accounts.formerHandles.of(minji.id)).map(({ handle }) => handle);
  expect(await kept()).toEqual(["minji.3", "minji.2", "minji.1", "minji.0", "minji"]);
  desk.clock.nowMs += 30 * DAY_MS - 4000;
  expect(await rename(minji, "minji.4", "minji.5")).toHaveProperty("result");
  expect(await kept()).toEqual(["minji.4", "minji.3", "minji.2", "minji.1", "minji.0"]);
});

test("the owner finds the change among the events of the account", async () => {
  await rename(minji, "minji", "minji.k");
  const { items } = await desk.office.events.of(minji.id, { limit: 1 });
  expect(items).toMatchObject([{ what: "handleChanged", detail: { from: "minji", to: "minji.k" }, ip: "203.0.113.7" }]);
});

test("reservations that are over are purged", async () => {
  await rename(minji, "minji", "minji.k");
  desk.clock.nowMs += 30 * DAY_MS;
  expect(await desk.office.accounts.purge(desk.clock.nowMs)).toBe(1);
  expect(await desk.office.accounts.purge(desk.clock.nowMs)).toBe(0);
});
