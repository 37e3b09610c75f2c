import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { SmallCampaign } from "./small-campaign.ts";

export type SpeechScript = {
  /** What an operator would configure, and a client sends as `tts_cmd`. */
  command: string;
  /** The fields of a form that choose it. */
  fields: { tts_provider: string; tts_cmd: string };
  /** Lets it speak this text, which begins with "Unspeakable": it fails until then. */
  mend(text: string): void;
  /** Lets it speak this text, which begins with "Held": it waits until then. */
  release(text: string): void;
  /** Held texts that were begun, each with the process that asked for it. */
  held(): { text: string; pid: number }[];
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
  Unspeakable*) [ -e "mended $1" ] || exit 1 ;;
  Held*) echo "$PPID $1" >> held; until [ -e "go $1" ]; do sleep 0.02; done ;;
esac
cp "spoken-$(( $(printf %s "$1" | wc -c) % 3 )).wav" "$2"
`,
  );
  const command = `sh ${script} {text} {out}`;
  const held = campaign.path("held");
  return {
    command,
    fields: { tts_provider: "command", tts_cmd: command },
    mend: (text) => writeFileSync(campaign.path(`mended ${text}`), ""),
    release: (text) => writeFileSync(campaign.path(`go ${text}`), ""),
    held() {
      if (!existsSync(held)) return [];
      const lines = readFileSync(held, "utf8").trimEnd().split("\n");
      return lines.map((line) => {
        const [pid = "", ...words] = line.split(" ");
        return { pid: Number(pid), text: words.join(" ") };
      });
    },
  };
}
