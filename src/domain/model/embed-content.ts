import { z } from 'zod';

const item = z.strictObject({ id: z.string(), title: z.string() }).meta({ id: 'EmbedItem' });

/** A sheet or chart as variables and options write it: `ID=Title`, or the id alone, which is then also the title. */
const itemText = z
  .string()
  .regex(/^[^=]/, 'must be ID=Title, or the id alone')
  .transform((text): EmbedItem => {
    const [id = '', ...title] = text.split('=');
    return { id, title: title.join('=') || id };
  });

export const embedItemTexts = z.array(itemText).readonly();

function contentOf<Items extends z.ZodType>(items: Items) {
  return z.strictObject({
    appId: z.string(),
    sheets: items,
    objects: items.meta({ description: 'Single charts.' }),
  });
}

/** As ops write it. */
export const appId = z.string().min(1);

/** What the embed page shows of a tenant: one app, its sheets and single charts ("objects"). */
export const embedContent = contentOf(z.array(item).readonly());

/** As the database has it. Ignores the fields of a newer release, which may run beside this one. */
export const storedEmbedContent = contentOf(z.array(item.strip()).readonly()).strip();

/** As tenants.yaml writes it. */
export const writtenEmbedContent = contentOf(
  z
    .array(z.union([itemText, item.extend({ id: z.string().min(1) })]))
    .readonly()
    .default([]),
).extend({ appId });

export type EmbedItem = Readonly<z.infer<typeof item>>;
export type EmbedContent = Readonly<z.infer<typeof embedContent>>;
