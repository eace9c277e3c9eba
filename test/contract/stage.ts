import { config } from "../../moleculer.config.ts";
import { accountsService } from "../../services/accounts/accounts.service.ts";
import { eventually } from "../eventually.ts";
import { newcomer, type Person } from "../people.ts";
import { kakaoAt, MINJI_AT_KAKAO, openKakao, type KakaoDouble } from "../services/accounts/providers/kakao-double.ts";
import { googleAt, openIdProvider, type OpenIdProvider } from "../services/accounts/providers/openid-provider.ts";
import { openWorld, type Client, type World, type WorldOptions } from "../world.ts";

const HOME = "https://market.example/signed-in";
/** A proof of who one is counts for five minutes: time enough for the requests of a test. */
const FRESH_MS = 2 * 60_000;

export type ProviderName = "google" | "kakao";

/** The whole market, with providers of sign-ins that live on this machine, and an admin who sends requests. */
export class Stage {
  readonly world: World;
  /** Has every right, an address that is verified, and proved lately who it is. */
  admin: Person;
  #enteredMs = Date.now();
  #people = 0;
  private readonly google: OpenIdProvider;
  private readonly kakao: KakaoDouble;

  private constructor(world: World, admin: Person, google: OpenIdProvider, kakao: KakaoDouble) {
    this.world = world;
    this.admin = admin;
    this.google = google;
    this.kakao = kakao;
  }

  static async open(options: Omit<WorldOptions, "roles"> = {}): Promise<Stage> {
    const [google, kakao] = await Promise.all([openIdProvider(), openKakao()]);
    const world = await openWorld({ ...options, roles: ["exports", "gateway", "listings", "prediction", "search"] });
    const providers = { google: googleAt(google.issuer), kakao: kakaoAt(kakao.url) };
    const ports = { open: () => config().store.open, settings: () => config(), providers };
    world.broker.createService(accountsService(ports));
    await world.broker.waitForServices("accounts");
    await eventually(async () => expect((await world.visitor().get("/accounts/me")).status).toBe(401));
    return new Stage(world, await newcomer(world, "admin"), google, kakao);
  }

  /** Requests may have ended the admin's session, or its account. */
  async keepAdmin(): Promise<void> {
    const isThere = (await this.admin.get("/accounts/me")).body.handle === this.admin.account!.handle;
    if (isThere && Date.now() - this.#enteredMs < FRESH_MS) return;
    this.admin = await newcomer(this.world, "admin");
    this.#enteredMs = Date.now();
  }

  /** What somebody whom the provider has not brought here before comes home with; `by` is who set out. */
  async grant(name: ProviderName, person: Record<string, unknown> = {}, by?: Client): Promise<Record<string, string>> {
    const serial = (this.#people += 1);
    const email = `${name}${serial}@example.com`;
    this.google.person = { sub: `google-${serial}`, email, email_verified: true, ...person };
    const kakao_account = { ...MINJI_AT_KAKAO.kakao_account, email, ...person };
    this.kakao.person = { ...MINJI_AT_KAKAO, id: serial, kakao_account };
    return this.grantAgain(name, by);
  }

  /** What the one who came last comes home with once more. */
  async grantAgain(name: ProviderName, by: Client = this.world.visitor()): Promise<Record<string, string>> {
    const { body } = await by.post(`/accounts/${name}/authorization`, { redirectUri: HOME });
    const { code } = await (name === "google" ? this.google : this.kakao).visit(body.url);
    return { code, state: body.state, nonce: body.nonce, codeVerifier: body.codeVerifier, redirectUri: HOME };
  }

  async close(): Promise<void> {
    await Promise.all([this.world.close(), this.google.stop(), this.kakao.stop()]);
  }
}
