/** MongoDB refuses documents nested deeper than 100 levels; so do we, everywhere. */
const DEEPEST = 90;

/**
 * A deep copy that holds nothing but JSON: undefined members vanish, dates become ISO strings, lone surrogates become
 * U+FFFD. Throws for what JSON would silently spoil: NaN, infinities, bigints, functions, symbols, endless nesting.
 */
export function plain<T>(value: T): T {
  return copy(value, 0) as T;
}

function copy(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new TypeError(`A document may not nest deeper than ${DEEPEST} levels`);
  switch (typeof value) {
    case "string":
      return value.toWellFormed();
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored`);
      return value === 0 ? 0 : value;
    case "object":
      return value === null ? null : copyObject(value, depth);
    default:
      throw new TypeError(`A ${typeof value} cannot be stored`);
  }
}

function copyObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return Array.from(value, (item) => (item === undefined ? null : copy(item, depth + 1)));
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON(), depth + 1);
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) setOwn(result, name.toWellFormed(), copy(member, depth + 1));
  }
  return result;
}

/** Assigns an own property whatever its name is; plain assignment of `__proto__` would change the prototype. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
