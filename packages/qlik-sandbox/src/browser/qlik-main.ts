import type { HostConfig } from '@qlik/api/auth';
import type { AppSession, Doc, OpenAppSessionProps } from '@qlik/api/qix';

interface RestRequest {
  readonly method: 'get';
  readonly pathTemplate: string;
  readonly options: { readonly hostConfig: HostConfig };
}

/** The modules an embedding page, or this runtime itself, may ask a tenant for by name. */
export interface RuntimeModules {
  readonly 'auth@v1': unknown;
  readonly 'invoke-fetch@v1': { invokeFetch(api: string, request: RestRequest): Promise<{ data: unknown }> };
  readonly 'qix@v1': {
    openAppSession(props: OpenAppSessionProps): AppSession;
    addInitialAppAction(props: OpenAppSessionProps, action: (doc: Doc) => Promise<void>): () => void;
  };
  readonly 'embed-vanilla@v1': unknown;
  readonly 'initial-app-state@v1': unknown;
}

/** What a tenant's `main.js` defines as `QlikMain`: what `@qlik/api` declares of it, and the loading of modules. */
export type QlikMainApi = NonNullable<typeof globalThis.QlikMain> & {
  import<Name extends keyof RuntimeModules>(name: Name): Promise<RuntimeModules[Name]>;
};

declare global {
  /** Set by the served `main.js`: the short name of the tenant it came from. */
  var QlikSandboxTenant: string | undefined;
}

/** Imports a module of the tenant that this page embeds; `main.js` has defined QlikMain before any module can run. */
export function runtimeModule<Name extends keyof RuntimeModules>(name: Name): Promise<RuntimeModules[Name]> {
  const main = globalThis.QlikMain;
  return hasImport(main) ? main.import(name) : Promise.reject(new Error('The Qlik runtime is not loaded'));
}

function hasImport(main: typeof globalThis.QlikMain): main is QlikMainApi {
  return main !== undefined && 'import' in main;
}
