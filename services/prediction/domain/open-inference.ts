import { z } from "zod";
import { InvalidInput, type InputFault } from "../../../mixins/failure.ts";
import { MOST_ROWS, type InputTensor, type OutputTensor } from "../open-inference.contract.ts";
import { carFields } from "../prediction.contract.ts";
import type { PriceEstimate } from "../price-model.ts";

const DescribedCar = z.strictObject(carFields);
export type DescribedCar = z.infer<typeof DescribedCar>;

type Field = keyof typeof carFields;
const FIELD_TYPES: Record<Field, "BYTES" | "FP32" | "INT64"> = {
  brand: "BYTES",
  model: "BYTES",
  year: "INT64",
  mileage: "INT64",
  mileageUnit: "BYTES",
  fuelType: "BYTES",
  engineSize: "FP32",
  transmission: "BYTES",
  tax: "FP32",
  mpg: "FP32",
};
const isField = (name: string): name is Field => Object.hasOwn(FIELD_TYPES, name);

/** What the model takes: one tensor a field of a car, one row a car. Only the required fields must be sent. */
export const INPUTS = Object.entries(FIELD_TYPES).map(([name, datatype]) => ({ name, datatype, shape: [-1] }));

const OUTPUT_WIDTHS = { quantiles: 3, mu: 1, sigma: 1 } as const;
type OutputName = keyof typeof OUTPUT_WIDTHS;
const isOutput = (name: string): name is OutputName => Object.hasOwn(OUTPUT_WIDTHS, name);

/** What the model gives: 10 %, 50 % and 90 % quantile of the price, centre and scale of its logarithm. */
export const OUTPUTS = Object.entries(OUTPUT_WIDTHS).map(([name, width]) => ({
  name,
  datatype: "FP32" as const,
  shape: [-1, width],
}));

/**
 * Turns column tensors into cars.
 * @throws INVALID_INPUT whose detail is the first fault and whose errors name tensor and row of each
 */
export function carsFromTensors(inputs: readonly InputTensor[]): DescribedCar[] {
  const rows = inputs[0]!.shape[0]!;
  refuse([...missingFaults(inputs), ...inputs.flatMap((tensor, index) => tensorFaults(tensor, index, rows, inputs))]);
  const columns = inputs.map((tensor) => ({ field: tensor.name as Field, values: tensor.data.flat() }));
  const parsed = Array.from({ length: rows }, (_, row) =>
    DescribedCar.safeParse(
      Object.fromEntries(columns.filter(({ values }) => values[row] !== null).map((it) => [it.field, it.values[row]])),
    ),
  );
  refuse(parsed.flatMap(({ error }, row) => (error ? rowFaults(error, row, inputs) : [])));
  return parsed.map(({ data }) => data!);
}

const isRequired = (field: string) => !carFields[field as Field].safeParse(undefined).success;

const missingFaults = (inputs: readonly InputTensor[]): InputFault[] =>
  Object.keys(FIELD_TYPES)
    .filter((field) => isRequired(field) && !inputs.some(({ name }) => name === field))
    .map((field) => ({ path: "inputs", message: `The input ${field} is missing` }));

function tensorFaults(tensor: InputTensor, index: number, rows: number, all: readonly InputTensor[]): InputFault[] {
  const { name, shape, datatype, data } = tensor;
  const faults: InputFault[] = [];
  const fault = (part: string, message: string) => faults.push({ path: `inputs.${index}.${part}`, message });
  if (!isField(name)) fault("name", `There is no input of this name; there are ${Object.keys(FIELD_TYPES).join(", ")}`);
  else if ((FIELD_TYPES[name] === "BYTES") !== (datatype === "BYTES") || datatype === "BOOL")
    fault("datatype", `${name} is ${FIELD_TYPES[name]}`);
  if (all.findIndex((other) => other.name === name) !== index) fault("name", `${name} is given twice`);
  if (shape[0] !== rows || (shape[1] ?? 1) !== 1)
    fault("shape", `All shapes are [N] or [N, 1] with one N, here ${rows}`);
  else if (data.flat().length !== rows || data.some((value) => Array.isArray(value) && value.length !== 1))
    fault("data", `Not the ${rows} values that the shape says`);
  return faults;
}

const rowFaults = (error: z.ZodError, row: number, inputs: readonly InputTensor[]): InputFault[] =>
  error.issues.map((issue) => {
    const field = String(issue.path[0]);
    const tensor = inputs.findIndex(({ name }) => name === field);
    return { path: `inputs.${tensor}.data.${row}`, message: `${field}: ${issue.message}` };
  });

/** The tensors of some outputs (default: all), in the order asked for. */
export function tensorsOf(estimates: readonly PriceEstimate[], names?: readonly string[]): OutputTensor[] {
  const values = {
    quantiles: () => estimates.flatMap(({ quantiles }) => quantiles),
    mu: () => estimates.map(({ mu }) => mu),
    sigma: () => estimates.map(({ sigma }) => sigma),
  };
  return outputNames(names).map((name) => ({
    name,
    datatype: "FP32",
    shape: [estimates.length, OUTPUT_WIDTHS[name]],
    data: values[name](),
  }));
}

/** @throws INVALID_INPUT for a name that is no output */
export function outputNames(names: readonly string[] = []): OutputName[] {
  if (names.length === 0) return Object.keys(OUTPUT_WIDTHS) as OutputName[];
  const unknown = names.flatMap((name, index) =>
    isOutput(name) ? [] : [{ path: `outputs.${index}.name`, message: `There is no output ${name.slice(0, 64)}` }],
  );
  refuse(unknown);
  return [...new Set(names)].filter(isOutput);
}

function refuse(faults: readonly InputFault[]): void {
  if (faults.length === 0) return;
  const [first] = faults;
  throw InvalidInput({ detail: `${first!.path}: ${first!.message}`, errors: faults.slice(0, MOST_ROWS) });
}
