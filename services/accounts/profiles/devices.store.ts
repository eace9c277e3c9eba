import { DuplicateKey, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import { DeviceKnown, TooManyDevices } from "./profiles.contract.ts";

export interface DeviceFields {
  accountId: string;
  name: string;
  /** What the push service knows the device by. */
  token: string;
  /** Which of the account's places it has: unique, so that no account ever has more devices than places. */
  place: number;
}
export type StoredDevice = Stored<DeviceFields>;

/** The devices that pushes of a member go to. */
export interface DevicesStore {
  /** Oldest first. */
  of(accountId: string): Promise<StoredDevice[]>;
  /** Throws `DEVICE_KNOWN` and `TOO_MANY_DEVICES`. */
  add(accountId: string, device: Pick<DeviceFields, "name" | "token">): Promise<StoredDevice>;
  /** False when the account has no such device. */
  remove(accountId: string, id: string): Promise<boolean>;
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

const MOST_DEVICES = 20;

export async function openDevicesStore(open: OpenCollection): Promise<DevicesStore> {
  const devices = await open<DeviceFields>({
    service: "accounts",
    noun: "device",
    fields: { accountId: "text", name: "text", token: "text", place: "integer" },
    unique: [
      ["accountId", "place"],
      ["accountId", "name", "token"],
    ],
  });
  const all = async (accountId: string) =>
    (await devices.find({ filter: { accountId }, sort: ["id"], limit: MOST_DEVICES })).items;
  return {
    of: all,
    async add(accountId, { name, token }) {
      for (;;) {
        const present = await all(accountId);
        if (present.some((device) => device.name === name && device.token === token)) throw DeviceKnown();
        const place = freePlace(present);
        if (place === undefined) throw TooManyDevices();
        const added = await devices.insert({ accountId, name, token, place }).catch(undefinedIfTaken);
        if (added) return added;
      }
    },
    async remove(accountId, id) {
      const device = await devices.get(id);
      return device?.accountId === accountId && devices.remove(id, device.rev);
    },
    async forget(accountId) {
      await Promise.all((await all(accountId)).map(({ id, rev }) => devices.remove(id, rev)));
    },
    close: () => devices.close(),
  };
}

function freePlace(devices: readonly StoredDevice[]): number | undefined {
  const taken = new Set(devices.map(({ place }) => place));
  return Array.from({ length: MOST_DEVICES }, (_, place) => place).find((place) => !taken.has(place));
}

/** Somebody else was faster; the next look tells whether with the same device or in the same place. */
function undefinedIfTaken(error: unknown): undefined {
  if (!(error instanceof DuplicateKey)) throw error;
}
