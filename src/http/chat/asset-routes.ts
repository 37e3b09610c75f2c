import multipart from "@fastify/multipart";
import type { FastifyPluginAsync } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { ASSET_KINDS, type Asset } from "../../chat/assets.ts";
import type { ChatService } from "../../chat/chat-service.ts";
import { ASSETS_PREFIX } from "../../chat/named-media.ts";
import { callerOf } from "../caller-of.ts";
import { fileSchema, seconds, toSeconds } from "../field-schemas.ts";
import type { ZodApp } from "../http-plugin.ts";
import { receiveForm, type UploadLimits } from "../multipart-intake.ts";
import { missing, RequestInvalid } from "../request-invalid.ts";
import { parseTexts } from "../text-fields.ts";

const tags = ["chat"];
const assetPath = z.object({ asset_id: z.string().max(100) });

const assetForm = z.object({
  kind: z.enum(ASSET_KINDS).default("portrait").describe("a picture of a face, or a recording"),
  consent_speaker: z.string().max(200).optional().describe("whose voice it is"),
  consent_scope: z.string().max(1000).optional().describe("what the speaker agreed to"),
});

const assetBody = z
  .object({
    asset_id: z.string(),
    kind: z.enum(ASSET_KINDS),
    path: z.string().describe("what reference_image, reference_audio and audio_path take"),
    name: z.string(),
    size_bytes: z.int(),
    created_at: seconds,
  })
  .meta({ id: "Asset" });

/** Pictures and recordings that requests may name. */
export async function addAssetRoutes(
  app: ZodApp,
  { chat, limits }: { chat: ChatService; limits: UploadLimits },
): Promise<void> {
  const { assets } = chat;
  // Only this route takes forms.
  const forms: FastifyPluginAsync = async (scope) => {
    await scope.register(multipart);
    scope.withTypeProvider<ZodTypeProvider>().route({
      method: "POST",
      url: "/api/assets",
      config: { scope: "write", form: assetForm.extend({ file: fileSchema }) },
      schema: { tags, summary: "Send a portrait or a recording", response: { 201: assetBody } },
      handler: async (request, reply) => {
        const caller = callerOf(request);
        const asset = await receiveForm(request, reply, {
          files: ["file"],
          limits,
          open: () => assets.upload(caller),
          use: ({ upload, fields, signal }) => {
            const form = parseTexts(assetForm, fields, "body");
            if (!upload.files.has("file")) throw new RequestInvalid([missing("body", "file")]);
            const { kind, consent_speaker: consentSpeaker, consent_scope: consentScope } = form;
            const request = { form: { kind, consentSpeaker, consentScope }, upload };
            return assets.create(caller, request, { signal });
          },
        });
        return reply.code(201).send(bodyOf(asset));
      },
    });
  };
  await app.register(forms);

  app.get(
    "/api/assets",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "What was sent, newest first",
        response: { 200: z.object({ assets: z.array(assetBody) }) },
      },
    },
    async (request) => ({ assets: (await assets.list(callerOf(request))).map(bodyOf) }),
  );

  app.get(
    "/api/assets/:asset_id",
    {
      config: { scope: "read" },
      schema: { tags, summary: "One of them", params: assetPath, response: { 200: assetBody } },
    },
    async (request) => bodyOf(await assets.get(callerOf(request), request.params.asset_id)),
  );

  app.delete(
    "/api/assets/:asset_id",
    {
      config: { scope: "write" },
      schema: {
        tags,
        summary: "Remove one",
        params: assetPath,
        response: { 204: z.null().describe("Removed") },
      },
    },
    async (request, reply) => {
      await assets.remove(callerOf(request), request.params.asset_id);
      return reply.code(204).send(null);
    },
  );
}

function bodyOf(asset: Asset): z.infer<typeof assetBody> {
  return {
    asset_id: asset.id,
    kind: asset.kind,
    path: `${ASSETS_PREFIX}${asset.file}`,
    name: asset.name,
    size_bytes: asset.sizeBytes,
    created_at: toSeconds(asset.createdAt),
  };
}
