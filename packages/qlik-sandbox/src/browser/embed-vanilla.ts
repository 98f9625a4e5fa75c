import { watchBlockedContent } from './blocked-content.ts';
import { installStyles } from './embed-styles.ts';
import { Embed } from './embed.ts';
import type { EmbedProps } from './embed-props.ts';

watchBlockedContent();

/** The module `embed-vanilla@v1`: what a `<qlik-embed>` element mounts itself with. */
export function mountVanillaEmbedComponent({ target, props }: { target: HTMLElement; props: EmbedProps }) {
  installStyles();
  const embed = new Embed(target, props);
  return {
    $set: (next: EmbedProps) => embed.set(next),
    $destroy: () => embed.destroy(),
  };
}
