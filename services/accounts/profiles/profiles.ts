import { callerId, type Handlers } from "../../../mixins/answer.ts";
import { Unauthenticated } from "../../../mixins/failure.ts";
import type { Office } from "../office.ts";
import { ownView } from "./own-view.ts";
import type { profileActions } from "./profiles.contract.ts";

export const profileAnswers = (office: () => Office): Handlers<{ $name: string; $actions: typeof profileActions }> => ({
  async me(_params, ctx) {
    const account = await office().accounts.byId(callerId(ctx));
    if (!account) throw Unauthenticated();
    return ownView(account);
  },
  summary: notYet,
  users: notYet,
  user: notYet,
  editUser: notYet,
  replaceUser: notYet,
  deleteUser: notYet,
  setRole: notYet,
  setStatus: notYet,
  devices: notYet,
  addDevice: notYet,
  removeDevice: notYet,
});

function notYet(): never {
  throw new Error("Not built yet");
}
