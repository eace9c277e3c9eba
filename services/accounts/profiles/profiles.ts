import { callerId, requireVersion, type CallContext, type PartHandlers } from "../../../mixins/answer.ts";
import { Unauthenticated } from "../../../mixins/failure.ts";
import { DEEPEST_ITEM } from "../../../mixins/paging.ts";
import { UserNotFound } from "../account.contract.ts";
import { changeAccount, type AccountFields, type StoredAccount } from "../accounts.store.ts";
import { callersAccount } from "../callers-account.ts";
import type { Office } from "../office.ts";
import { requireStepUp } from "../second-factor/step-up.ts";
import { accountForAdmin, giveRole, giveStatus } from "./administration.ts";
import { deleteAccount } from "./leaving.ts";
import { cardOf, isVisible, memberView, viewerOf } from "./member-view.ts";
import { ownView } from "./own-view.ts";
import { patchOf, replacementOf, requireOwnerOrAdmin, requireSay, type ProfileEdit } from "./profile-edits.ts";
import { DeviceNotFound, TooDeep, type Device, type profileActions } from "./profiles.contract.ts";
import type { StoredDevice } from "./devices.store.ts";
import { summaryOf } from "./tallies.ts";

export const profileAnswers = (office: () => Office): PartHandlers<typeof profileActions> => ({
  async me(_params, ctx) {
    return ownView(await callersAccount(office(), ctx));
  },
  summary: async (_params, ctx) => summaryOf(await office().tallies.of(callerId(ctx))),
  async users({ search, page, size }, ctx) {
    if (page * size > DEEPEST_ITEM) throw TooDeep();
    const found = await office().accounts.search({ search, exceptId: callerId(ctx), page, size });
    return { items: found.items.map(cardOf), total: found.total, page, size };
  },
  async user({ handle }, ctx) {
    const account = await office().accounts.byHandle(handle);
    if (account) return memberView(visible(account, ctx), viewerOf(account, ctx.meta));
    const moved = visible(await formerOwner(office(), handle), ctx);
    ctx.meta.$statusCode = 307;
    ctx.meta.$responseHeaders = { Location: `/api/accounts/users/${moved.handle}` };
    return { handle: moved.handle };
  },
  editUser: (params, ctx) => edit(office(), params, ctx, patchOf),
  replaceUser: (params, ctx) => edit(office(), params, ctx, replacementOf),
  async deleteUser({ handle }, ctx) {
    const account = visible(await office().accounts.byHandle(handle), ctx);
    requireOwnerOrAdmin(account, ctx.meta);
    await requireStepUp(office(), ctx);
    await deleteAccount(office(), account, ctx.meta);
    return null;
  },
  async setRole({ handle, role }, ctx) {
    const account = await accountForAdmin(office(), handle, ctx);
    await requireStepUp(office(), ctx);
    return memberView(await giveRole(office(), account, role), "moderator");
  },
  async setStatus({ handle, ...order }, ctx) {
    const account = await accountForAdmin(office(), handle, ctx);
    await requireStepUp(office(), ctx);
    return memberView(await giveStatus(office(), account, order), "moderator");
  },
  devices: async (_params, ctx) => ({ devices: (await office().devices.of(callerId(ctx))).map(deviceView) }),
  async addDevice(given, ctx) {
    const device = await office().devices.add(callerId(ctx), given);
    // Whoever deletes the account meanwhile may have looked for devices before this one was there.
    if ((await office().accounts.byId(callerId(ctx)))?.status === "active") return deviceView(device);
    await office().devices.remove(callerId(ctx), device.id);
    throw Unauthenticated();
  },
  async removeDevice({ id }, ctx) {
    if (!(await office().devices.remove(callerId(ctx), id))) throw DeviceNotFound();
    return null;
  },
});

/** The account, if the caller may know of it. Throws `USER_NOT_FOUND`. */
function visible(account: StoredAccount | undefined, { meta }: CallContext): StoredAccount {
  if (!account || !isVisible(account, viewerOf(account, meta))) throw UserNotFound();
  return account;
}

/** Who had a handle last, while it is kept for them. */
async function formerOwner({ accounts }: Office, handle: string): Promise<StoredAccount | undefined> {
  const id = await accounts.formerHandles.keptFor(handle);
  return id === undefined ? undefined : accounts.byId(id);
}

type Edit = ProfileEdit & { handle: string; ifMatch?: number | undefined };

/** Changes a profile for who has a say; what somebody else changed meanwhile is never overwritten unseen. */
async function edit(
  office: Office,
  { handle, ifMatch, ...given }: Edit,
  ctx: CallContext,
  patchFrom: typeof patchOf,
): Promise<ReturnType<typeof ownView> | ReturnType<typeof memberView>> {
  const { id } = visible(await office.accounts.byHandle(handle), ctx);
  let before = handle;
  const account = await changeAccount(office.accounts, id, (read): Partial<AccountFields> => {
    requireSay(visible(read, ctx), ctx.meta);
    requireVersion(ifMatch, read.rev);
    before = read.handle;
    return patchFrom(given, read, ctx.meta);
  });
  const edited = visible(account, ctx);
  if (edited.handle !== before) {
    await office.events.note(ctx.meta, id, "handleChanged", { from: before, to: edited.handle });
  }
  return edited.id === ctx.meta.accountId ? ownView(edited) : memberView(edited, "moderator");
}

const deviceView = ({ id, name, token, createdAt }: StoredDevice): Device => ({ id, name, token, createdAt });
