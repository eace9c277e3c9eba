import { z } from "zod";
import { actions, BIDI_CONTROLS, Id, IfMatch, Line, NoContent, Time, Version } from "../../../mixins/contract.ts";
import { failure, Forbidden, VersionConflict } from "../../../mixins/failure.ts";
import { DEEPEST_ITEM, pageOf } from "../../../mixins/paging.ts";
import {
  Account,
  AccountStatus,
  Handle,
  HandleTaken,
  MemberCard,
  profileFields,
  Role,
  StepUpRequired,
  UserNotFound,
  WebAddress,
  WRITES_LETTERS,
} from "../account.contract.ts";

/** A member as others see it; of a private profile no more than the card. */
export const Member = z
  .strictObject({
    ...MemberCard.shape,
    bio: z.string().nullable(),
    links: z.array(WebAddress),
    location: z.string().nullable(),
    memberSince: Time.nullable(),
    version: Version,
    /** For moderators only. */
    role: Role.optional(),
    status: AccountStatus.optional(),
  })
  .meta({ id: "Member" });
export type Member = z.infer<typeof Member>;

const Text = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(new RegExp(`^[^\\p{Cs}\\u0000-\\u0008\\u000b-\\u001f${BIDI_CONTROLS}]*$`, "u"), "No control characters");

/** Everything that an owner can change of a profile; null takes something away. */
const edits = {
  newHandle: Handle.optional().meta({
    description: "The one before leads here for 30 days; the owner alone changes it",
  }),
  username: profileFields.username.unwrap().nullable().optional(),
  bio: Text(500).nullable().optional(),
  links: z.array(WebAddress).max(2).optional(),
  picture: WebAddress.nullable().optional(),
  location: profileFields.location.unwrap().nullable().optional(),
  gender: profileFields.gender.unwrap().nullable().optional(),
  birthdate: profileFields.birthdate.unwrap().nullable().optional(),
  phone: profileFields.phone.unwrap().nullable().optional(),
  language: profileFields.language,
  isPublic: z.boolean().optional(),
};

/** How much of what a member has or did; kept by the facts of the services that own it. */
export const Summary = z
  .strictObject({
    listings: z.int().min(0).meta({ description: "On sale now" }),
    sales: z.int().min(0),
    purchases: z.int().min(0),
    trades: z.int().min(0),
    posts: z.int().min(0),
    comments: z.int().min(0),
    likes: z.int().min(0),
    reportsReceived: z.int().min(0),
  })
  .meta({ id: "Summary" });
export type Summary = z.infer<typeof Summary>;

export const Device = z
  .strictObject({
    id: Id,
    name: z.string().meta({ examples: ["Minji's phone"] }),
    token: z.string().meta({ examples: ["fcm:dQw4w9WgXcQ"] }),
    createdAt: Time,
  })
  .meta({ id: "Device", description: "Where pushes go" });
export type Device = z.infer<typeof Device>;

export const DeviceKnown = failure("DEVICE_KNOWN", 409, "This device is registered already");
export const TooManyDevices = failure("TOO_MANY_DEVICES", 409, "An account has 20 devices at most; remove one first");
export const DeviceNotFound = failure("DEVICE_NOT_FOUND", 404, "There is no such device of yours");
export const TooManyHandleChanges = failure(
  "TOO_MANY_HANDLE_CHANGES",
  409,
  "Five handles of yours are kept already; change again when one of them is free, 30 days after you gave it up",
);
export const OwnRole = failure("OWN_ROLE", 409, "Another admin changes your role and status");

export const TooDeep = failure("DEEP_PAGING", 422, "page × size ends at 10,000; search for more of the name");

const editing = {
  params: z.strictObject({ ...edits, handle: Handle, ifMatch: IfMatch.optional() }),
  headers: { ifMatch: "If-Match" },
  /** To its owner the account, to a moderator what moderators see of it. */
  result: z.union([Account, Member]),
  failures: [UserNotFound, HandleTaken, TooManyHandleChanges, Forbidden, VersionConflict],
} as const;

export const profileActions = actions({
  me: {
    http: "GET /accounts/me",
    auth: "member",
    idempotent: true,
    summary: "The caller's own account",
    params: z.strictObject({}),
    result: Account,
  },
  summary: {
    http: "GET /accounts/me/summary",
    auth: "member",
    idempotent: true,
    summary: "How much of what the caller has and did; what no service reports yet is 0",
    params: z.strictObject({}),
    result: Summary,
  },
  users: {
    http: "GET /accounts/users",
    auth: "member",
    idempotent: true,
    summary: "Members whose handle or name contains a text, without the caller",
    params: z.strictObject({
      search: Line(50).optional(),
      page: z.int().min(1).max(DEEPEST_ITEM).default(1),
      size: z.int().min(1).max(20).default(20),
    }),
    result: z.strictObject(pageOf(MemberCard)),
    failures: [TooDeep],
  },
  user: {
    http: "GET /accounts/users/:handle",
    auth: "public",
    idempotent: true,
    summary: "A member by handle; a handle that was changed leads to the new one for 30 days (307)",
    params: z.strictObject({ handle: Handle }),
    result: Member,
    otherResults: { 307: z.strictObject({ handle: Handle }).meta({ id: "HandleMoved" }) },
    failures: [UserNotFound],
  },
  editUser: {
    http: "PATCH /accounts/users/:handle",
    auth: "member",
    summary: "Changes what it names of a profile; null takes something away",
    ...editing,
    example: { bio: "Cars and cameras", newHandle: "minji.kim" },
  },
  replaceUser: {
    http: "PUT /accounts/users/:handle",
    auth: "member",
    summary: "Replaces a profile: what it does not name is taken away, but for language and isPublic",
    ...editing,
    example: { username: "Minji", bio: "Cars and cameras", isPublic: true },
  },
  deleteUser: {
    http: "DELETE /accounts/users/:handle",
    auth: "member",
    summary: "Deletes an account, by its owner or an admin: its person is taken out, its sessions end",
    params: z.strictObject({ handle: Handle }),
    result: NoContent,
    failures: [UserNotFound, Forbidden, StepUpRequired],
    rateLimit: WRITES_LETTERS,
  },
  setRole: {
    http: "PATCH /accounts/users/:handle/role",
    auth: "admin",
    idempotent: true,
    summary: "Gives a member another role: tokens of before are refused, the next refresh says it",
    params: z.strictObject({ handle: Handle, role: Role }),
    result: Member,
    failures: [UserNotFound, OwnRole, StepUpRequired],
    example: { role: "moderator" },
  },
  setStatus: {
    http: "PATCH /accounts/users/:handle/status",
    auth: "admin",
    idempotent: true,
    summary: "Suspends a member, which ends all its sessions, or lets it in again",
    params: z.strictObject({
      handle: Handle,
      status: AccountStatus.exclude(["deleted"]),
      reason: Line(200).optional(),
    }),
    result: Member,
    failures: [UserNotFound, OwnRole, StepUpRequired],
    // Each suspension writes a letter.
    rateLimit: { points: 60, perSeconds: 600 },
    example: { status: "suspended", reason: "Sold what did not exist" },
  },
  devices: {
    http: "GET /accounts/devices",
    auth: "member",
    idempotent: true,
    summary: "The caller's devices that pushes go to",
    params: z.strictObject({}),
    result: z.strictObject({ devices: z.array(Device) }),
  },
  addDevice: {
    http: "POST /accounts/devices",
    auth: "member",
    status: 201,
    summary: "Registers a device for pushes",
    params: z.strictObject({ name: Line(50), token: Line(500) }),
    result: Device,
    failures: [DeviceKnown, TooManyDevices],
    example: { name: "Minji's phone", token: "fcm:dQw4w9WgXcQ" },
  },
  removeDevice: {
    http: "DELETE /accounts/devices/:id",
    auth: "member",
    idempotent: true,
    summary: "Forgets a device",
    params: z.strictObject({ id: Id }),
    result: NoContent,
    failures: [DeviceNotFound],
  },
});
