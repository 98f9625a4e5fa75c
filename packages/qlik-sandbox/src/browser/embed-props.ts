import type { HostConfig } from '@qlik/api/auth';

/** The attributes of a `<qlik-embed>`, as the web component resolves them. */
export interface EmbedProps {
  readonly ui?: string;
  readonly appId?: string;
  readonly identity?: string;
  readonly sheetId?: string;
  readonly objectId?: string;
  readonly fieldId?: string;
  readonly type?: string;
  readonly dimensions?: unknown;
  readonly measures?: unknown;
  readonly hostConfig: HostConfig;
  readonly exposeRefApi?: (api: object) => void;
}

/** What must change for the embed to be drawn anew; one `setAttribute` makes the component report twice. */
export function embedKey({ hostConfig, exposeRefApi: _exposed, ...shown }: EmbedProps): string {
  return JSON.stringify([shown, hostConfig.host, Reflect.get(hostConfig, 'clientId')]);
}
