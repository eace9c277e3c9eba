import { isReservedHandle } from "../../../../services/accounts/profiles/reserved-handles.ts";

test.each([
  "admin",
  "moderator",
  "support",
  "hallabong",
  "official",
  "help",
  "root",
  "staff",
  "_admin_",
  "ad.min",
  "admin2",
])("%s is nobody's to take", (handle) => expect(isReservedHandle(handle)).toBe(true));

test.each(["minji", "adminton", "helpful.hana", "hallabong.farmer", "rooting", "2024", "1234"])("%s is", (handle) =>
  expect(isReservedHandle(handle)).toBe(false),
);
