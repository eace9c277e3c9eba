import { openStall } from "./stall.ts";

test.each([
  ["https://market.example", [], 1],
  ["https://market.example", ["10.0.0.0/8"], 0],
  ["http://localhost:3000", [], 0],
])("an operator at %s who trusts the proxies %j is warned: %d", async (publicUrl, trustedProxies, warnings) => {
  const stall = await openStall({ settings: { rateLimits: true, publicUrl, trustedProxies } });
  await stall.close();
  expect(stall.warnings.filter((line) => line.includes("TRUSTED_PROXIES"))).toHaveLength(warnings);
});
