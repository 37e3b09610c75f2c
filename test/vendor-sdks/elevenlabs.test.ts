import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { errorCodeOf } from "../../src/domain/disk-error.ts";
import {
  decodeWav,
  type ElevenLabsServer,
  refusal,
  STAND_IN_KEY,
  STAND_IN_VOICE,
  startElevenLabsServer,
} from "../support/speech-servers/elevenlabs.ts";

/** What is used here of the vendor's client, which need not be installed. */
type Sdk = {
  ElevenLabsClient: new (options: {
    apiKey: string;
    baseUrl: string;
    maxRetries: number;
  }) => Client;
  ElevenLabsError: ErrorClass;
  ElevenLabs: { UnprocessableEntityError: ErrorClass };
};
type ErrorClass = new (...parameters: never[]) => Error;
type Client = {
  textToSpeech: {
    convertWithTimestamps(
      voice: string,
      request: {
        text: string;
        modelId?: string;
        outputFormat?: string;
        languageCode?: string;
        previousText?: string;
        nextText?: string;
        seed?: number;
        voiceSettings?: { speed?: number; stability?: number; similarityBoost?: number };
      },
    ): Promise<{
      audioBase64: string;
      alignment?: { characters: string[]; characterEndTimesSeconds: number[] };
    }>;
  };
  voices: {
    getAll(): Promise<{ voices: { voiceId: string; name?: string; category?: string }[] }>;
    ivc: {
      create(request: {
        name: string;
        files: File[];
        removeBackgroundNoise?: boolean;
        description?: string;
      }): Promise<{ voiceId: string }>;
    };
    delete(voice: string): Promise<{ status: string }>;
  };
};

const PACKAGE: string = "@elevenlabs/elevenlabs-js";
const sdk: Sdk | null = await import(PACKAGE).catch((cause: unknown) => {
  if (errorCodeOf(cause) === "ERR_MODULE_NOT_FOUND") return null;
  throw cause;
});
const skip = sdk ? false : `${PACKAGE} is not installed: npm install --prefix test/vendor-sdks`;

describe("the stand-in for ElevenLabs, asked by the vendor's client", { skip }, () => {
  let server: ElevenLabsServer;
  before(async () => {
    server = await startElevenLabsServer();
  });
  after(() => server.close());

  function client(apiKey = STAND_IN_KEY): Client {
    assert.ok(sdk);
    return new sdk.ElevenLabsClient({ apiKey, baseUrl: server.url, maxRetries: 0 });
  }

  async function refused(asking: Promise<unknown>) {
    const thrown = await asking.then(
      () => assert.fail("it is refused"),
      (cause: unknown) => cause,
    );
    assert.ok(sdk && thrown instanceof sdk.ElevenLabsError, String(thrown));
    return thrown as Error & { statusCode: number; body: { detail: unknown } }; // as its class declares
  }

  test("speech has its sound and the times of its characters", async () => {
    const { audioBase64, alignment } = await client().textToSpeech.convertWithTimestamps(
      STAND_IN_VOICE,
      {
        text: "Priya 😀",
        modelId: "eleven_multilingual_v2",
        outputFormat: "mp3_44100_128",
        previousText: "Dear",
        nextText: "welcome",
        seed: 7,
        voiceSettings: { speed: 1.2, stability: 0.5, similarityBoost: 0.75 },
      },
    );
    const { samples, sampleRate } = decodeWav(Buffer.from(audioBase64, "base64"));
    assert.deepEqual(alignment?.characters, [..."Priya 😀"]);
    assert.ok((alignment?.characterEndTimesSeconds.at(-1) ?? 0) < samples.length / sampleRate);
  });

  test("a voice is cloned, listed, used and deleted", async () => {
    const { voices, textToSpeech } = client();
    const { voiceId } = await voices.ivc.create({
      name: "Ann",
      files: [new File(["a recording"], "ann.mp3", { type: "audio/mpeg" })],
      removeBackgroundNoise: false,
      description: "of a test",
    });
    assert.deepEqual(server.voices.get(voiceId)?.samples, [{ bytes: 11, type: "audio/mpeg" }]);
    const listed = (await voices.getAll()).voices.find((voice) => voice.voiceId === voiceId);
    assert.deepEqual([listed?.name, listed?.category], ["Ann", "cloned"]);
    await textToSpeech.convertWithTimestamps(voiceId, { text: "Ann" });
    assert.deepEqual({ ...(await voices.delete(voiceId)) }, { status: "ok" });
    assert.equal((await refused(voices.delete(voiceId))).statusCode, 404);
  });

  test("refusals are errors of its own, with status and detail", async () => {
    const speak = (apiKey?: string, voice = STAND_IN_VOICE) =>
      client(apiKey).textToSpeech.convertWithTimestamps(voice, { text: "Ann" });
    const wrongKey = await refused(speak("wrong"));
    assert.deepEqual(
      [wrongKey.statusCode, wrongKey.body.detail],
      [401, { status: "invalid_api_key", message: "Invalid API key" }],
    );
    assert.equal((await refused(speak(STAND_IN_KEY, "nobody"))).statusCode, 404);
    server.trouble(refusal(429, "system_busy", "busy"));
    assert.equal((await refused(speak())).statusCode, 429);
    server.plan.voices = 0;
    const full = client().voices.ivc.create({ name: "Ann", files: [new File(["a"], "a.mp3")] });
    assert.equal((await refused(full)).statusCode, 400);
  });

  test("a request that is not valid is refused with its own class", async () => {
    assert.ok(sdk);
    const asking = client().textToSpeech.convertWithTimestamps(STAND_IN_VOICE, { text: "" });
    assert.ok((await refused(asking)) instanceof sdk.ElevenLabs.UnprocessableEntityError);
  });
});
