import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { SmallCampaign } from "./small-campaign.ts";

export type SpeechScript = {
  /** What an operator would configure, and a client sends as `tts_cmd`. */
  command: string;
  /** The fields of a form that choose it. */
  fields: { tts_provider: string; tts_cmd: string };
  /** From now on it speaks what it could not: texts that begin with "Unspeakable". */
  mend(): void;
  /** From now on it speaks what it waited with: texts that begin with "Held". */
  release(): void;
  /** Of every held text that was begun, the process that asked for it. */
  heldBy(): number[];
};

/** A speech command that speaks at once and whose trouble is made to order. */
export function createSpeechScript(campaign: SmallCampaign): SpeechScript {
  const script = campaign.path("speak.sh");
  for (const [number, seconds] of [0.4, 0.5, 0.6].entries()) {
    campaign.media(`spoken-${number}.wav`, {
      container: "wav",
      video: null,
      audio: { codec: "pcm", sampleRate: 22_050, channels: 1 },
      sound: [
        { kind: "silence", seconds: 0.1 },
        { kind: "speech", seconds },
        { kind: "silence", seconds: 0.1 },
      ],
      noiseDb: null,
    });
  }
  // Texts of other lengths sound otherwise.
  writeFileSync(
    script,
    `cd "$(dirname "$0")"
case "$1" in
  Unspeakable*) [ -e mended ] || exit 1 ;;
  Held*) echo $PPID >> held; until [ -e released ]; do sleep 0.02; done ;;
esac
cp "spoken-$(( $(printf %s "$1" | wc -c) % 3 )).wav" "$2"
`,
  );
  const command = `sh ${script} {text} {out}`;
  const held = campaign.path("held");
  return {
    command,
    fields: { tts_provider: "command", tts_cmd: command },
    mend: () => writeFileSync(campaign.path("mended"), ""),
    release: () => writeFileSync(campaign.path("released"), ""),
    heldBy: () =>
      existsSync(held) ? readFileSync(held, "utf8").trim().split("\n").map(Number) : [],
  };
}
