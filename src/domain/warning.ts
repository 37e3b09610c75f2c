/** Something the user should know that stopped nothing: an ignored option, a fallback, a doubt. */
export type Warning = { code: string; message: string };

/** Whether a warning about one recipient is news for the whole campaign: others will have it, too. */
export function concernsAll({ code }: Warning): boolean {
  return code === "VOICE_FALLBACK" || code === "LIP_SYNC_SKIPPED";
}
