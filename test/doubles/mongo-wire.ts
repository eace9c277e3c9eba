import { createServer, type AddressInfo, type Socket } from "node:net";
import { calculateObjectSize, deserialize, Long, serialize, type Document } from "bson";
import { MongoCommands } from "./mongo-commands.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;

export interface MongoDouble {
  url: string;
  close(): Promise<void>;
}

/**
 * A test double that speaks enough of MongoDB's wire protocol for the mongoose driver: OP_MSG, and OP_QUERY for the
 * first hello. It keeps documents in memory and behaves like a standalone server; it proves nothing about durability.
 */
export async function startMongoDouble(): Promise<MongoDouble> {
  const commands = new MongoCommands();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        const reply = answer(received.subarray(0, length), commands);
        received = received.subarray(length);
        if (reply !== undefined) socket.write(reply);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `mongodb://127.0.0.1:${port}/double`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(message: Buffer, commands: MongoCommands): Buffer | undefined {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === OP_QUERY) return replyMessage(requestId, commands.run(readQuery(message)));
  if (opCode !== OP_MSG) throw new Error(`The MongoDB double does not know the message kind ${opCode}`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  const result = commands.run(readSections(message, flags & CHECKSUM_PRESENT ? message.length - 4 : message.length));
  return flags & MORE_TO_COME ? undefined : opMessage(requestId, result);
}

/** OP_QUERY: flags, collection name, skip, limit, then the command. */
function readQuery(message: Buffer): Document {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  return deserialize(message.subarray(nameEnd + 1 + 8));
}

/** OP_MSG: a body and any number of document sequences, which become arrays of the body. */
function readSections(message: Buffer, end: number): Document {
  const command: Document = {};
  for (let at = HEADER_BYTES + 4; at < end;) {
    const kind = message[at++];
    const size = message.readInt32LE(at);
    if (kind === 0) {
      Object.assign(command, deserialize(message.subarray(at, at + size)));
    } else {
      const nameEnd = message.indexOf(0, at + 4);
      const name = message.toString("utf8", at + 4, nameEnd);
      command[name] = readDocuments(message, nameEnd + 1, at + size);
    }
    at += size;
  }
  return command;
}

function readDocuments(message: Buffer, start: number, end: number): Document[] {
  const documents: Document[] = [];
  for (let at = start; at < end; at += message.readInt32LE(at)) {
    documents.push(deserialize(message.subarray(at, at + message.readInt32LE(at))));
  }
  return documents;
}

function opMessage(responseTo: number, result: Document): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + 5 + calculateObjectSize(result));
  writeHeader(message, responseTo, OP_MSG);
  message.set(serialize(result), HEADER_BYTES + 5);
  return message;
}

function replyMessage(responseTo: number, result: Document): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + 20 + calculateObjectSize(result));
  writeHeader(message, responseTo, OP_REPLY);
  message.set(Long.ZERO.toBytesLE(), HEADER_BYTES + 4);
  message.writeInt32LE(1, HEADER_BYTES + 16);
  message.set(serialize(result), HEADER_BYTES + 20);
  return message;
}

function writeHeader(message: Buffer, responseTo: number, opCode: number): void {
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opCode, 12);
}
