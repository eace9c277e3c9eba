import type { Contract } from "../../mixins/contract.ts";
import { HOLDERS } from "../../services/exports/holders.ts";
import { contractModules, isContract, isProduct, sourceTree } from "./source-tree.ts";

const isContractValue = (value: unknown): value is Contract =>
  value !== null && (typeof value === "object" || typeof value === "function") && "$actions" in (value as object);

test("every service that tells what it holds about members is asked for an export", async () => {
  const exported = [...(await contractModules()).values()].flatMap((module) => Object.values(module));
  const telling = exported.filter(isContractValue).filter(({ $actions }) => "personalData" in $actions);
  expect(telling.map(({ $name }) => $name).sort()).toEqual(HOLDERS.map(({ contract }) => contract.$name).sort());
});

test("what is told about members stays between the services: it has no route", () => {
  const routes = HOLDERS.map(({ contract }) => (contract as unknown as Contract).$actions.personalData!.http);
  expect(routes).toEqual(HOLDERS.map(() => undefined));
});

describe("nobody but the exports asks for it", () => {
  const asks = (text: string) => /\.\s*personalData\s*\(|[{,]\s*personalData\s*[,}]/.test(text);

  test("in the product", () => {
    const asking = sourceTree().filter(({ path, text }) => isProduct(path) && !isContract(path) && asks(text));
    expect(asking.map(({ path }) => path)).toEqual(["services/exports/gathering.ts"]);
  });

  test("and it would be noticed", () => {
    expect(asks("await Accounts.personalData(ctx, { accountId })")).toBe(true);
    expect(asks("const { publishCar, personalData } = Listings;")).toBe(true);
    expect(asks("personalData: async ({ accountId }) => store.all(accountId)")).toBe(false);
  });
});
