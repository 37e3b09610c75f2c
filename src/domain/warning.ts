/** Something the user should know that stopped nothing: an ignored option, a fallback, a doubt. */
export type Warning = { code: string; message: string };
