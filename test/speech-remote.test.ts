import { createGtts } from "../src/speech/remote/gtts.ts";
import { createOpenAiSpeech } from "../src/speech/remote/openai-speech.ts";
import { createXttsServer } from "../src/speech/remote/xtts-server.ts";
import { speechModelConformance } from "./conformance/speech-model.ts";
import { startGoogle } from "./support/speech-servers/gtts.ts";
import { startOpenAi } from "./support/speech-servers/openai.ts";
import { noWait, useRemoteSpeech, useStandIn } from "./support/speech-servers/remote-speech.ts";
import { REFERENCE, startCoqui, startXttsApiServer } from "./support/speech-servers/xtts.ts";

const KEY = "sk-conformance-0123456789";
const { decode } = useRemoteSpeech();
const google = useStandIn(startGoogle);
const openAi = useStandIn(() => startOpenAi({ key: KEY }));
const coqui = useStandIn(startCoqui);
const xttsApiServer = useStandIn(startXttsApiServer);

const requests = [
  { text: "Priya", language: "hi" },
  { text: "प्रिया शर्मा सिंह राठौड़", language: "hi" },
  { text: "Наталья", language: "hi" },
  { text: "王小明", language: "zh" },
];

speechModelConformance("Google Translate", () => ({
  model: createGtts({ decode, client: { baseUrl: google().url, wait: noWait } }),
  requests,
  otherVoice: "en",
  obeysSpeed: false,
}));

for (const format of ["wav", "mp3"] as const) {
  speechModelConformance(`an OpenAI-compatible server that sends ${format}`, () => ({
    model: createOpenAiSpeech({
      baseUrl: `${openAi().url}/v1`,
      apiKey: KEY,
      model: "tts-1",
      format,
      decode,
      client: { wait: noWait },
    }),
    requests,
    otherVoice: "nova",
    obeysSpeed: true,
    secrets: [KEY],
  }));
}

for (const [kind, server] of [
  ["coqui", coqui],
  ["xtts-api-server", xttsApiServer],
] as const) {
  speechModelConformance(`XTTS on ${kind}`, () => ({
    model: createXttsServer({
      baseUrl: server().url,
      kind,
      reference: REFERENCE[kind],
      decode,
      client: { wait: noWait },
    }),
    requests,
    obeysSpeed: false,
  }));
}
