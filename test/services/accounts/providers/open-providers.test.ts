import { openProviders } from "../../../../services/accounts/providers/open-providers.ts";
import { openWorld, type World } from "../../../world.ts";

const client = { id: "an id", secret: "a secret" };
const grant = { code: "a code", codeVerifier: "v".repeat(43), redirectUri: "https://market.example/signed-in" };

test.each([
  [{}, []],
  [{ google: client }, ["google"]],
  [{ google: undefined, kakao: client }, ["kakao"]],
  [{ google: client, kakao: client }, ["google", "kakao"]],
])("%j gives %j", (settings, names) => {
  expect(Object.keys(openProviders(settings, () => undefined))).toEqual(names);
});

describe("an installation without credentials", () => {
  let world: World;
  beforeAll(async () => void (world = await openWorld({ roles: ["accounts", "gateway"] })));
  afterAll(() => world.close());

  test.each(["google", "kakao"])("says so of %s on every route", async (name) => {
    const member = await world.member(name);
    const answers = await Promise.all([
      member.post(`/accounts/${name}/authorization`, { redirectUri: grant.redirectUri }),
      member.post(`/accounts/${name}/login`, grant),
      member.post(`/accounts/identities/${name}`, grant),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array(3).fill([503, "PROVIDER_NOT_CONFIGURED"]),
    );
  });
});
