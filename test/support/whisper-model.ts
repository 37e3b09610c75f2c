/** A ggml model that always hears the same words. */
export type HeardWords = {
  /** Pieces of the text, each a token; a word's first one begins with a space. */
  tokens: string[];
  /** When the words begin and end in each 30 s, seconds. */
  start: number;
  end: number;
};

const MAGIC = 0x67676d6c;
/** Of the English models of Whisper: ids from here on are not text. */
const END_OF_TEXT = 50_256;
const FIRST_TIMESTAMP = 50_363;
const VOCABULARY = 51_864;
const TIMESTAMPS_A_SECOND = 50;
const MELS = 80;
const FREQUENCIES = 201;
const AUDIO_CONTEXT = 1500;
const TEXT_CONTEXT = 448;
/** Types of ggml. */
const F32 = 0;
const F16 = 1;
/** How sure the model is of each token: 20 as a 16-bit float. */
const SURE = 0x4d00;

/**
 * The file of a Whisper model with one layer and next to no width, in the format of whisper.cpp
 * (ggml, weights of 16 bits). All its weights are zero but the positions' and the tokens': the k-th token it
 * writes depends on k alone, so that it writes `tokens` between two timestamps, whatever it hears.
 */
export function whisperModel({ tokens, start, end }: HeardWords): Buffer {
  const said = [
    FIRST_TIMESTAMP + Math.round(start * TIMESTAMPS_A_SECOND),
    ...tokens.keys(),
    FIRST_TIMESTAMP + Math.round(end * TIMESTAMPS_A_SECOND),
    END_OF_TEXT,
  ];
  const width = 8 * Math.ceil((said.length + 1) / 8);
  const header = [VOCABULARY, AUDIO_CONTEXT, width, 1, 1, TEXT_CONTEXT, width, 1, 1, MELS, F16];
  return Buffer.concat([
    int32(MAGIC, ...header),
    int32(MELS, FREQUENCIES),
    Buffer.alloc(4 * MELS * FREQUENCIES),
    int32(tokens.length + 1),
    // The engine looks for a single space to forbid it.
    ...[...tokens, " "].flatMap((token) => [int32(Buffer.byteLength(token)), Buffer.from(token)]),
    ...tensorsOf(width, said),
  ]);
}

function tensorsOf(width: number, said: number[]): Buffer[] {
  const floats = (name: string, shape: number[], value: number) =>
    tensor(F32, name, shape, new Float32Array(sizeOf(shape)).fill(value));
  const weights = (name: string, ...shape: number[]) =>
    tensor(F16, `${name}.weight`, shape, new Uint16Array(sizeOf(shape)));
  const bias = (name: string, ...shape: number[]) => floats(`${name}.bias`, shape, 0);
  const norm = (name: string) => [floats(`${name}.weight`, [width], 1), bias(name, width)];
  const attention = (name: string) => [
    ...norm(`${name}_ln`),
    ...["query", "value", "out"].flatMap((part) => [
      weights(`${name}.${part}`, width, width),
      bias(`${name}.${part}`, width),
    ]),
    weights(`${name}.key`, width, width),
  ];
  const block = (side: string) => [
    ...norm(`${side}.blocks.0.mlp_ln`),
    weights(`${side}.blocks.0.mlp.0`, width, 4 * width),
    bias(`${side}.blocks.0.mlp.0`, 4 * width),
    weights(`${side}.blocks.0.mlp.2`, 4 * width, width),
    bias(`${side}.blocks.0.mlp.2`, width),
    ...attention(`${side}.blocks.0.attn`),
  ];
  return [
    floats("encoder.positional_embedding", [width, AUDIO_CONTEXT], 0),
    weights("encoder.conv1", 3, MELS, width),
    bias("encoder.conv1", 1, width),
    weights("encoder.conv2", 3, width, width),
    bias("encoder.conv2", 1, width),
    ...norm("encoder.ln_post"),
    ...block("encoder"),
    tensor(F32, "decoder.positional_embedding", [width, TEXT_CONTEXT], places(width, said.length)),
    tensor(F16, "decoder.token_embedding.weight", [width, VOCABULARY], answers(width, said)),
    ...norm("decoder.ln"),
    ...block("decoder"),
    ...attention("decoder.blocks.0.cross_attn"),
  ];
}

/** Place k lights up entry k; all places behind the last token are alike. */
function places(width: number, tokens: number): Float32Array {
  const values = new Float32Array(width * TEXT_CONTEXT);
  for (let place = 0; place < TEXT_CONTEXT; place++) {
    values[place * width + Math.min(place, tokens - 1)] = 100;
  }
  return values;
}

/** The k-th token answers to entry k. */
function answers(width: number, said: number[]): Uint16Array {
  const values = new Uint16Array(width * VOCABULARY);
  for (const [place, token] of said.entries()) values[token * width + place] = SURE;
  return values;
}

function sizeOf(shape: number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function tensor(
  type: number,
  name: string,
  shape: number[],
  values: Float32Array | Uint16Array,
): Buffer {
  const head = int32(shape.length, Buffer.byteLength(name), type, ...shape);
  return Buffer.concat([head, Buffer.from(name), Buffer.from(values.buffer)]);
}

function int32(...values: number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}
