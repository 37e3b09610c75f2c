/**
 * A minimal writer of ONNX files: field numbers of onnx.proto3 of the ONNX project, encoded as the
 * Protocol Buffers guide says.
 */
const FLOAT = 1;
const INT64 = 7;

type ElementType = "float" | "int64";

/** One dimension: a number, or a name for one that is not known before. */
type Dimension = number | string;

export type OnnxNode = {
  op: string;
  inputs: string[];
  output: string;
  /** Numbers are written as integers. */
  attributes?: Record<string, number | number[]>;
};

export type OnnxGraph = {
  inputs: Record<string, { type: ElementType; shape: Dimension[] }>;
  outputs: Record<string, { type: ElementType; shape: Dimension[] }>;
  constants: Record<string, { type: ElementType; shape: number[]; values: number[] }>;
  nodes: OnnxNode[];
  /** What the model's maker says of it. */
  metadata: Record<string, string | number>;
};

/** The bytes of an ONNX file (IR version 8, operator set 13). */
export function onnxFile({ inputs, outputs, constants, nodes, metadata }: OnnxGraph): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((node) => message(1, nodeProto(node))),
    text(2, "graph"),
    ...Object.entries(constants).map(([name, constant]) => message(5, tensor(name, constant))),
    ...Object.entries(inputs).map(([name, value]) => message(11, valueInfo(name, value))),
    ...Object.entries(outputs).map(([name, value]) => message(12, valueInfo(name, value))),
  ]);
  return Buffer.concat([
    number(1, 8),
    text(2, "made by a test"),
    message(7, graph),
    message(8, Buffer.concat([text(1, ""), number(2, 13)])),
    ...Object.entries(metadata).map(([key, value]) =>
      message(14, Buffer.concat([text(1, key), text(2, String(value))])),
    ),
  ]);
}

function nodeProto({ op, inputs, output, attributes = {} }: OnnxNode): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, `${output}-node`),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
  ]);
}

function attribute(name: string, value: number | number[]): Buffer {
  if (typeof value === "number")
    return Buffer.concat([text(1, name), number(3, value), number(20, 2)]);
  return Buffer.concat([text(1, name), ...value.map((one) => number(8, one)), number(20, 7)]);
}

function tensor(name: string, constant: OnnxGraph["constants"][string]): Buffer {
  const { type, shape, values } = constant;
  const raw = type === "float" ? Float32Array.from(values) : BigInt64Array.from(values.map(BigInt));
  return Buffer.concat([
    ...shape.map((dimension) => number(1, dimension)),
    number(2, type === "float" ? FLOAT : INT64),
    text(8, name),
    message(9, Buffer.from(raw.buffer)),
  ]);
}

function valueInfo(
  name: string,
  { type, shape }: { type: ElementType; shape: Dimension[] },
): Buffer {
  const dimensions = shape.map((one) =>
    message(1, typeof one === "number" ? number(1, one) : text(2, one)),
  );
  const tensorType = Buffer.concat([
    number(1, type === "float" ? FLOAT : INT64),
    message(2, Buffer.concat(dimensions)),
  ]);
  return Buffer.concat([text(1, name), message(2, message(1, tensorType))]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}
