import { callerId, type PartHandlers } from "../../../mixins/answer.ts";
import { InvalidToken } from "../accounts.contract.ts";
import { registerAccount } from "../credentials/registration.ts";
import type { Office } from "../office.ts";
import { accountOfPair } from "./checked-password.ts";
import { deviceWords } from "./device-words.ts";
import { continueSession, openSession, passFirstFactor } from "./open-session.ts";
import { eventView, signInView } from "./sign-in-views.ts";
import { SessionNotFound, type signInActions } from "./sign-in.contract.ts";

/** Signing up, in and out, and what is known of one's sign-ins. */
export const signInAnswers = (office: () => Office): PartHandlers<typeof signInActions> => ({
  async register(application, ctx) {
    const account = await registerAccount(office(), ctx, application);
    return openSession(office(), account, ctx, ["password"]);
  },
  async login(credentials, ctx) {
    const account = await accountOfPair(office(), ctx, credentials);
    return passFirstFactor(office(), account, ctx, "password");
  },
  async refresh({ refresh }, ctx) {
    if (refresh === undefined) throw InvalidToken();
    return continueSession(office(), await office().sessions.refresh(refresh, ctx.meta));
  },
  async verify({ token }) {
    const claims = await office().tokens.verify(token);
    if (!claims || !(await office().sessions.live(claims.sessionId))) throw InvalidToken();
    return null;
  },
  async revoke({ token }) {
    const good = await office().tokens.verify(token);
    if (good) await office().endings.end([good.tokenId]);
    return null;
  },
  async logout({ refresh }, ctx) {
    const { sessions, events } = office();
    const named = refresh === undefined ? undefined : await sessions.ofRefresh(refresh);
    // A browser may send a cookie that is of no use any more: then the session goes that the access token speaks of.
    const id = (named && (await sessions.live(named.id)))?.id ?? ctx.meta.sessionId ?? named?.id;
    const ended = id === undefined ? undefined : await sessions.end(id, "logout");
    if (ended) await events.note({ ...ctx.meta, sessionId: ended.id }, ended.accountId, "signedOut");
    return null;
  },
  async sessions(_params, ctx) {
    const live = await office().sessions.liveOf(callerId(ctx));
    return { sessions: live.map((session) => signInView(session, ctx.meta.sessionId)) };
  },
  async endSession({ id }, ctx) {
    const { signIns, sessions, events } = office();
    const accountId = callerId(ctx);
    if ((await signIns.session(id))?.accountId !== accountId) throw SessionNotFound();
    const ended = await sessions.end(id, "owner");
    const detail = ended && { session: id, device: deviceWords(ended.userAgent) };
    if (detail) await events.note(ctx.meta, accountId, "sessionEnded", detail);
    return null;
  },
  async endOtherSessions(_params, ctx) {
    const accountId = callerId(ctx);
    const count = await office().sessions.endAll(accountId, "owner", ctx.meta.sessionId);
    const detail = { sessions: String(count) };
    if (count > 0) await office().events.note(ctx.meta, accountId, "sessionEnded", detail);
    return null;
  },
  async securityEvents(query, ctx) {
    const { items, nextCursor } = await office().events.of(callerId(ctx), query);
    return { items: items.map(eventView), nextCursor };
  },
  keys: async () => ({ keys: await office().signingKeys.published() }),
  async endings({ sinceMs }) {
    const asOfMs = office().clock();
    return { endings: await office().endings.current(sinceMs), asOfMs };
  },
});
