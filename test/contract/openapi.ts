import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

// The document is read as plain JSON; its own validity is the business of another test.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** One operation of the document with what a client sends to it. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: { name: string; in: "path" | "query" | "header" | "cookie"; required: boolean; schema: Json }[];
  body: Json | undefined;
  responses: Record<string, Json>;
  security: boolean;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Reads an OpenAPI document: its operations, and the check that an answer is one that the document declares. */
export class ApiDocument {
  readonly document: Json;
  readonly operations: Operation[];
  private readonly ajv = addFormats.default(new Ajv2020.default({ strict: false, allErrors: false }));
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly reached = new Set<string>();

  constructor(document: Json) {
    this.document = document;
    this.ajv.addSchema({ $id: "api", components: document.components });
    this.operations = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => this.operation(path, method, item[method])),
    );
  }

  private operation(path: string, method: string, spec: Json): Operation {
    const parameters = (spec.parameters ?? []).map((parameter: Json) => this.resolve(parameter));
    const body = spec.requestBody && this.resolve(spec.requestBody);
    return {
      id: spec.operationId,
      method: method.toUpperCase(),
      path,
      parameters: parameters.map((p: Json) => ({
        name: p.name,
        in: p.in,
        required: p.required === true,
        schema: p.schema,
      })),
      body: body?.content?.["application/json"]?.schema,
      responses: Object.fromEntries(Object.entries(spec.responses).map(([status, r]) => [status, this.resolve(r)])),
      security: (spec.security ?? []).length > 0,
    };
  }

  /** Follows a `$ref` into the components. */
  resolve(node: Json): Json {
    if (typeof node?.$ref !== "string") return node;
    return this.resolve(
      node.$ref
        .slice(2)
        .split("/")
        .reduce((at: Json, key: string) => at[key], this.document),
    );
  }

  /** What is wrong with an answer, seen from the document; undefined when it is as declared. Remembers the status. */
  faultOf(operation: Operation, answer: { status: number; contentType: string; text: string }): string | undefined {
    const at = `${operation.id} → ${answer.status}`;
    const declared = operation.responses[answer.status];
    if (!declared) return `${at} is not declared: ${answer.text.slice(0, 300)}`;
    this.reached.add(at);
    if (!declared.content)
      return answer.text === "" ? undefined : `${at} must have no body: ${answer.text.slice(0, 100)}`;
    const media = answer.contentType.split(";")[0]!.trim();
    if (operation.method === "HEAD" && answer.text === "") return undefined;
    const content = declared.content[media];
    if (!content) return `${at} came as ${media}, declared are ${Object.keys(declared.content).join(", ")}`;
    if (!/json$/.test(media)) return undefined;
    const validate = this.validator(at + media, content.schema);
    return validate(JSON.parse(answer.text))
      ? undefined
      : `${at}: ${this.ajv.errorsText(validate.errors)}\n${answer.text.slice(0, 500)}`;
  }

  /** Declared answers that no checked answer has shown yet. */
  unreached(): string[] {
    return this.operations
      .flatMap((operation) => Object.keys(operation.responses).map((status) => `${operation.id} → ${status}`))
      .filter((pair) => !this.reached.has(pair));
  }

  private validator(key: string, schema: Json): ValidateFunction {
    const known = this.validators.get(key);
    if (known) return known;
    const made = this.ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')));
    this.validators.set(key, made);
    return made;
  }
}
