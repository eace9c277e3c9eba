import { readMe } from "../../../../services/exports/domain/read-me.ts";

const text = readMe({
  madeAtMs: Date.parse("2026-03-04T05:06:07.890Z"),
  services: [
    { name: "accounts", ko: "계정", en: "your account" },
    { name: "listings", ko: "차량", en: "your cars" },
  ],
  files: [
    { name: "accounts/profile.json", records: 1 },
    { name: "listings/cars.json", records: 42 },
  ],
});
const [korean, english] = text.split("What Hallabong holds about you");

test.each([
  ["Korean", korean!, ["accounts: 계정", "listings: 차량"]],
  ["English", english!, ["accounts: your account", "listings: your cars"]],
])("says in %s of when it is, which services were asked, and what is in it", (_language, part, services) => {
  const said = ["2026-03-04T05:06:07.890Z", ...services, "accounts/profile.json  (1)", "listings/cars.json  (42)"];
  expect(said.filter((one) => !part.includes(one))).toEqual([]);
});

test("every line ends as all systems understand", () => {
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
});
